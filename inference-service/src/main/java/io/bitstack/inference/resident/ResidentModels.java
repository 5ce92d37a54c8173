package io.bitstack.inference.resident;

import io.bitstack.core.codec.Codecs;
import io.bitstack.core.model.ModelConfig;
import io.bitstack.core.model.StackWeights;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.Digest;
import io.bitstack.core.stack.StackManifest;
import io.bitstack.core.tokenizer.Tokenizer;
import io.bitstack.inference.pull.Puller;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The model that the node serves: put there, resized and replaced by one caller, opened by many. */
@Component
public class ResidentModels implements Serving {
    private static final Duration LONGEST_WAIT_FOR_READERS = Duration.ofSeconds(30);

    private final Puller puller;
    private final JsonMapper json;
    private final ApplicationEventPublisher events;
    private final Timer readTime;
    private final Timer resizeTime;
    private final Timer releaseTime;
    /** Held by whoever changes what is held; readers need it not. */
    private final Object changes = new Object();

    private volatile @Nullable ResidentModel current;

    ResidentModels(Puller puller, JsonMapper json, ApplicationEventPublisher events, MeterRegistry registry) {
        this.puller = puller;
        this.json = json;
        this.events = events;
        this.readTime = Timer.builder("bitstack.inference.resize.read.time")
                .description("a change of size: reading and verifying the blocks that are added")
                .register(registry);
        this.resizeTime = Timer.builder("bitstack.inference.resize.time")
                .description("a change of size beyond that: until the next step decodes with it")
                .register(registry);
        this.releaseTime = Timer.builder("bitstack.inference.resize.release.time")
                .description("after that: until the step that was under way is done and dropped blocks are given back")
                .register(registry);
    }

    @Override
    public Optional<ModelSession> open() {
        while (true) {
            ResidentModel model = current;
            if (model == null) {
                return Optional.empty();
            }
            synchronized (model) {
                if (!model.isRetired()) {
                    return Optional.of(model.open());
                }
            }
            Thread.onSpinWait(); // it was retired just now, and the next one is already in place
        }
    }

    /** What is held now, if anything. */
    public Optional<Holding> holding() {
        ResidentModel model = current;
        return model == null
                ? Optional.empty()
                : Optional.of(new Holding(
                        model.served(),
                        model.manifest(),
                        model.blocks(),
                        model.blocksBytes(),
                        model.baseBytes(),
                        model.tablesBytes()));
    }

    /**
     * Loads a model's minimal prefix, whose blobs have been pulled, and serves it in place of the one before.
     *
     * @throws IOException if a blob cannot be read or had
     * @throws io.bitstack.core.model.ModelException if the stack does not make a model that can be run
     */
    public void replace(String name, int version, Digest digest, StackManifest manifest, int contextTokens)
            throws IOException {
        HeldBlobs held = new HeldBlobs();
        try {
            for (StackManifest.Block block : manifest.blocks().subList(0, manifest.minimalBlocks())) {
                Descriptor blob = new Descriptor(block.digest(), block.sizeBytes());
                if (!held.use(blob.digest())) {
                    held.add(blob, load(blob));
                }
            }
            Map<Digest, MemorySegment> base = new HashMap<>();
            for (Descriptor blob : base(manifest)) {
                base.put(blob.digest(), heapCopy(blob));
            }
            StackWeights stack =
                    StackWeights.open(manifest, Codecs.byName(manifest.codec().name()), blob -> {
                        MemorySegment segment = base.get(blob);
                        return segment == null ? held.segment(blob) : segment;
                    });
            ServedModel served = served(name, version, digest, manifest, stack.config(), base, contextTokens);
            ResidentModel next = new ResidentModel(served, manifest, stack, held, this::load);
            // Everything in the base has been turned into what the weights need.
            base.clear();
            ResidentModel before = current;
            current = next;
            if (before != null) {
                before.retire();
            }
        } catch (IOException | RuntimeException e) {
            held.close();
            throw e;
        }
        events.publishEvent(new WeightsChanged());
    }

    /** Serves nothing any more. */
    public void clear() {
        ResidentModel before = current;
        current = null;
        if (before != null) {
            before.retire();
            events.publishEvent(new WeightsChanged());
        }
    }

    /**
     * Makes the model larger or smaller; blocks to be added have been pulled.
     *
     * @return false if readers of dropped blocks held on to them for longer than any step should take
     */
    public boolean resize(int blocks) throws IOException, InterruptedException {
        ResidentModel model = current;
        if (model == null) {
            throw new IllegalStateException("no model is loaded");
        }
        long start = System.nanoTime();
        if (blocks >= model.blocks()) {
            long readNanos;
            synchronized (changes) {
                readNanos = model.growTo(blocks);
            }
            readTime.record(Duration.ofNanos(readNanos));
            resizeTime.record(Duration.ofNanos(System.nanoTime() - start - readNanos));
            events.publishEvent(new WeightsChanged());
            return true;
        }
        synchronized (changes) {
            model.shrinkTo(blocks);
        }
        long published = System.nanoTime();
        resizeTime.record(Duration.ofNanos(published - start));
        events.publishEvent(new WeightsChanged());
        boolean done = model.awaitGivenBack(blocks, LONGEST_WAIT_FOR_READERS);
        releaseTime.record(Duration.ofNanos(System.nanoTime() - published));
        return done;
    }

    /**
     * A blob of the cache was found to have other bytes than its name says: it is thrown away, fetched again, and where it is part of
     * the model that is served, read anew. Where it cannot be had again the model is made smaller than that it would need it.
     *
     * @throws IOException if it could not be had again
     */
    public void renew(Descriptor blob) throws IOException, InterruptedException {
        puller.discardCorrupt(blob);
        try {
            puller.pull(List.of(blob));
            boolean reloaded;
            synchronized (changes) {
                ResidentModel model = current;
                reloaded = model != null && model.reload(blob);
            }
            if (reloaded) {
                events.publishEvent(new WeightsChanged());
            }
        } catch (IOException e) {
            doWithout(blob);
            throw e;
        }
    }

    private void doWithout(Descriptor blob) throws IOException, InterruptedException {
        ResidentModel model = current;
        if (model == null) {
            return;
        }
        List<StackManifest.Block> blocks = model.manifest().blocks();
        int place = 0;
        while (place < blocks.size() && !blocks.get(place).digest().equals(blob.digest())) {
            place++;
        }
        if (place < model.manifest().minimalBlocks()) {
            clear();
        } else if (place < model.blocks()) {
            resize(place);
        }
    }

    /** Everything of a stack that a node needs whatever its prefix: files, tensors, inputs and matrix headers. */
    public static List<Descriptor> base(StackManifest manifest) {
        List<Descriptor> base = new ArrayList<>();
        manifest.files().forEach(file -> base.add(new Descriptor(file.digest(), file.sizeBytes())));
        base.add(manifest.tensors());
        manifest.inputs().forEach(input -> base.add(new Descriptor(input.digest(), input.sizeBytes())));
        manifest.matrices().forEach(matrix -> base.add(new Descriptor(matrix.digest(), matrix.sizeBytes())));
        return base;
    }

    private HeldBlobs.Mapping load(Descriptor blob) throws IOException {
        puller.pull(List.of(blob));
        HeldBlobs.Mapping mapping = HeldBlobs.Mapping.verified(puller.file(blob), blob);
        if (mapping == null) {
            puller.discardCorrupt(blob);
            puller.pull(List.of(blob));
            mapping = HeldBlobs.Mapping.verified(puller.file(blob), blob);
        }
        if (mapping == null) {
            throw new IOException(
                    "blob %s was fetched twice, but the cache's disk does not keep its bytes".formatted(blob.digest()));
        }
        return mapping;
    }

    private MemorySegment heapCopy(Descriptor blob) throws IOException {
        HeldBlobs.Mapping mapping = load(blob);
        try {
            return MemorySegment.ofArray(mapping.segment().toArray(ValueLayout.JAVA_BYTE));
        } finally {
            mapping.unmap().run();
        }
    }

    private ServedModel served(
            String name,
            int version,
            Digest digest,
            StackManifest manifest,
            ModelConfig config,
            Map<Digest, MemorySegment> base,
            int contextTokens) {
        byte[] tokenizer = file(manifest, base, "tokenizer.json")
                .orElseThrow(() -> new IllegalStateException("the stack lists no tokenizer.json among its files"));
        Optional<String> template = file(manifest, base, "chat_template.jinja")
                .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                .or(() -> file(manifest, base, "tokenizer_config.json").flatMap(this::templateOf));
        return new ServedModel(name, version, digest, config, Tokenizer.parse(tokenizer), template, contextTokens);
    }

    private Optional<String> templateOf(byte[] tokenizerConfig) {
        JsonNode template = json.readTree(tokenizerConfig).path("chat_template");
        return template.isString() ? Optional.of(template.asString()) : Optional.empty();
    }

    private static Optional<byte[]> file(StackManifest manifest, Map<Digest, MemorySegment> base, String path) {
        return manifest.files().stream()
                .filter(file -> file.path().equals(path))
                .findFirst()
                .map(file -> Objects.requireNonNull(base.get(file.digest())).toArray(ValueLayout.JAVA_BYTE));
    }
}
