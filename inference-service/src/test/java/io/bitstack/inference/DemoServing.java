package io.bitstack.inference;

import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.model.ModelWeights;
import io.bitstack.core.safetensors.Checkpoint;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.tokenizer.Tokenizer;
import io.bitstack.inference.resident.ModelSession;
import io.bitstack.inference.resident.ServedModel;
import io.bitstack.inference.resident.Serving;
import io.bitstack.inference.resident.WeightsLease;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.json.JsonMapper;

/** Serves the demo model's own weights, and counts who holds them. */
public final class DemoServing implements Serving, AutoCloseable {
    public static final Path MODEL =
            Path.of(System.getProperty("bitstack.repository", "..")).resolve("demo/model");

    public final AtomicInteger sessions = new AtomicInteger();
    public final AtomicInteger leases = new AtomicInteger();
    public final ServedModel model;
    public final ModelWeights weights;
    public volatile boolean loaded = true;

    /** How long each pass over the weights takes beside what it computes. */
    public volatile int passMillis;

    /** Guarded by this. */
    private int passesLeft = Integer.MAX_VALUE;

    /** How many blocks leases say that they hold. */
    public volatile int blocks = 42;

    private final Checkpoint checkpoint;

    public DemoServing(int contextTokens) throws IOException {
        ModelConfig config = ModelConfig.read(MODEL);
        String template = JsonMapper.shared()
                .readTree(Files.readString(MODEL.resolve("tokenizer_config.json")))
                .path("chat_template")
                .asString();
        checkpoint = Checkpoint.open(MODEL);
        weights = ModelWeights.dense(config, checkpoint);
        model = new ServedModel(
                "demo",
                3,
                Digest.of("demo".getBytes(StandardCharsets.UTF_8)),
                config,
                Tokenizer.read(MODEL),
                Optional.of(template),
                contextTokens);
    }

    @Override
    public Optional<ModelSession> open() {
        return loaded ? Optional.of(session(model)) : Optional.empty();
    }

    /** From now on so many passes over the weights may begin; the next one waits: a request that runs is not done before a test has looked. */
    public synchronized void allowPasses(int count) {
        passesLeft = count;
        notifyAll();
    }

    /** Nothing is held back any more. */
    public void letGo() {
        passMillis = 0;
        allowPasses(Integer.MAX_VALUE);
    }

    private void awaitPass() {
        try {
            synchronized (this) {
                while (passesLeft == 0) {
                    wait();
                }
                passesLeft--;
            }
            Thread.sleep(passMillis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    public ModelSession session(ServedModel served) {
        sessions.incrementAndGet();
        return new ModelSession() {
            private boolean closed;

            @Override
            public ServedModel model() {
                return served;
            }

            @Override
            public WeightsLease lease() {
                if (closed) {
                    throw new IllegalStateException("the session is closed");
                }
                leases.incrementAndGet();
                return new WeightsLease() {
                    @Override
                    public ModelWeights weights() {
                        awaitPass();
                        return weights;
                    }

                    @Override
                    public int blocks() {
                        return blocks;
                    }

                    @Override
                    public void close() {
                        leases.decrementAndGet();
                    }
                };
            }

            @Override
            public void close() {
                if (closed) {
                    throw new IllegalStateException("the session is closed already");
                }
                closed = true;
                sessions.decrementAndGet();
            }
        };
    }

    @Override
    public void close() {
        checkpoint.close();
    }
}
