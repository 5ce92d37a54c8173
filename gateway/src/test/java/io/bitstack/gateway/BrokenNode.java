package io.bitstack.gateway;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;

/** A node that begins to answer one request and dies, when it is told to, in the middle of the answer. */
final class BrokenNode implements AutoCloseable {
    final CountDownLatch mayDie = new CountDownLatch(1);
    private final ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    private final byte[] begin;
    private final Thread thread;

    BrokenNode(String begin) throws IOException {
        this.begin = begin.getBytes(StandardCharsets.UTF_8);
        this.thread = Thread.ofVirtual().unstarted(this::answerOnce);
        thread.start();
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.getLocalPort());
    }

    private void answerOnce() {
        try (Socket socket = server.accept()) {
            if (socket.getInputStream().read(new byte[8192]) > 0) {
                socket.getOutputStream().write(begin);
                socket.getOutputStream().flush();
                mayDie.await();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() throws IOException {
        thread.interrupt();
        server.close();
    }
}
