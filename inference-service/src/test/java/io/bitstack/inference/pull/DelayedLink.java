package io.bitstack.inference.pull;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** A line between two sockets of this machine that takes its time, and carries so many bytes a second, all connections together. */
final class DelayedLink implements AutoCloseable {
    private static final int CHUNK_BYTES = 16 << 10;
    private static final int CHUNKS_UNDER_WAY = 256;

    private final ServerSocket server = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
    private final int targetPort;
    private final long delayNanos;
    private final long bytesPerSecond;
    private long freeAtNanos = System.nanoTime();

    /** @param delayMillis each way */
    DelayedLink(int targetPort, double delayMillis, long bytesPerSecond) throws IOException {
        this.targetPort = targetPort;
        this.delayNanos = (long) (delayMillis * 1e6);
        this.bytesPerSecond = bytesPerSecond;
        Thread.ofVirtual().start(this::accept);
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.getLocalPort());
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket near = server.accept();
                Socket far = new Socket(InetAddress.getLoopbackAddress(), targetPort);
                near.setTcpNoDelay(true);
                far.setTcpNoDelay(true);
                carry(near, far, false);
                carry(far, near, true);
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private record Chunk(byte[] bytes, long atNanos) {}

    private void carry(Socket from, Socket to, boolean limited) {
        BlockingQueue<Chunk> underWay = new LinkedBlockingQueue<>(CHUNKS_UNDER_WAY);
        Thread.ofPlatform().daemon().start(() -> read(from, underWay, limited));
        Thread.ofPlatform().daemon().start(() -> write(to, underWay));
    }

    private void read(Socket from, BlockingQueue<Chunk> underWay, boolean limited) {
        try (InputStream in = from.getInputStream()) {
            byte[] buffer = new byte[CHUNK_BYTES];
            int read;
            while ((read = in.read(buffer)) > 0) {
                underWay.put(new Chunk(
                        Arrays.copyOf(buffer, read), delayNanos + (limited ? sentAt(read) : System.nanoTime())));
            }
        } catch (IOException e) {
            // The other end is gone; what is under way arrives.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            underWay.offer(new Chunk(new byte[0], System.nanoTime() + delayNanos));
        }
    }

    /** When the last of these bytes is on the line. */
    private synchronized long sentAt(int bytes) {
        freeAtNanos = Math.max(freeAtNanos, System.nanoTime()) + (long) (bytes * 1e9 / bytesPerSecond);
        return freeAtNanos;
    }

    private static void write(Socket to, BlockingQueue<Chunk> underWay) {
        try (OutputStream out = to.getOutputStream()) {
            while (true) {
                Chunk chunk = underWay.take();
                long left = chunk.atNanos() - System.nanoTime();
                if (left > 0) {
                    Thread.sleep(left / 1_000_000, (int) (left % 1_000_000));
                }
                if (chunk.bytes().length == 0) {
                    return;
                }
                out.write(chunk.bytes());
            }
        } catch (IOException e) {
            // Nobody reads any more.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
