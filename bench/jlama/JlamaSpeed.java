import com.github.tjake.jlama.model.AbstractModel;
import com.github.tjake.jlama.model.ModelSupport;
import com.github.tjake.jlama.safetensors.DType;
import com.github.tjake.jlama.safetensors.SafeTensorSupport;
import com.github.tjake.jlama.safetensors.prompt.PromptContext;
import com.github.tjake.jlama.tensor.AbstractTensor;
import com.github.tjake.jlama.tensor.KvBufferCache;
import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;

/**
 * Decodes 128 tokens and prefills 512 with Jlama, its weights quantised to 4 bits first, and prints tokens a second: the best of some rounds.
 * Compiled and started by bench/against-jlama; not a part of the build, which does not know Jlama. Arguments: model directory, threads,
 * rounds.
 */
final class JlamaSpeed {
    private static final int DECODED_TOKENS = 128;
    private static final int PREFILLED_TOKENS = 512;

    private JlamaSpeed() {}

    public static void main(String[] args) throws IOException {
        Path directory = quantised(Path.of(args[0]));
        int threads = Integer.parseInt(args[1]);
        int rounds = Integer.parseInt(args[2]);
        double decoded = 0;
        double prefilled = 0;
        File working = Files.createTempDirectory("jlama").toFile();
        try (AbstractModel model = ModelSupport.loadModel(
                directory.toFile(), working, DType.F32, DType.I8, Optional.empty(), Optional.of(threads))) {
            int[] prompt = new int[PREFILLED_TOKENS];
            Arrays.setAll(prompt, t -> (7919 * t + 5) % model.getConfig().vocabularySize);
            for (int round = 0; round <= rounds; round++) {
                double prefilling = prefill(model, prompt);
                double decoding = decode(model);
                // The first round warms up.
                decoded = round == 0 ? 0 : Math.max(decoded, decoding);
                prefilled = round == 0 ? 0 : Math.max(prefilled, prefilling);
            }
        }
        System.out.printf(
                "jlama %d %.1f %.1f%n", threads, decoded, prefilled);
        System.exit(0);
    }

    /** A copy of a model at 4 bits, in a temporary folder. */
    private static Path quantised(Path model) throws IOException {
        Path source = Files.createTempDirectory("jlama-source");
        try (DirectoryStream<Path> files = Files.newDirectoryStream(model.toRealPath())) {
            for (Path file : files) {
                Files.createSymbolicLink(source.resolve(file.getFileName()), file);
            }
        }
        Path readme = source.resolve("README.md"); // which it copies, and insists on
        if (!Files.exists(readme)) {
            Files.createFile(readme);
        }
        Path quantised = Files.createTempDirectory("jlama-q4");
        return SafeTensorSupport.quantizeModel(
                source, DType.Q4, new String[0], new String[0], Optional.of(quantised));
    }

    /** Its own loop over tokens, sampled at temperature 0. */
    private static double decode(AbstractModel model) {
        long[] times = new long[2 * DECODED_TOKENS];
        int[] count = new int[1];
        model.generate(UUID.randomUUID(), PromptContext.of("Once upon a time"), 0, DECODED_TOKENS, (text, took) -> {
            times[count[0]++] = System.nanoTime();
        });
        if (count[0] < 2) {
            throw new IllegalStateException("Jlama generated %d tokens".formatted(count[0]));
        }
        return (count[0] - 1) * 1e9 / (times[count[0] - 1] - times[0]);
    }

    private static double prefill(AbstractModel model, int[] prompt) {
        try (KvBufferCache cache = new KvBufferCache(model);
                KvBufferCache.KvBuffer buffer = cache.getEphemeralKvBuffer()) {
            long start = System.nanoTime();
            AbstractTensor last = model.batchForward(prompt, 0, buffer);
            double speed = prompt.length * 1e9 / (System.nanoTime() - start);
            last.close();
            return speed;
        }
    }
}
