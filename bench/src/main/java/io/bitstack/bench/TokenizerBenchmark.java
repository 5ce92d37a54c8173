package io.bitstack.bench;

import io.bitstack.core.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Prints how fast one thread turns text into token ids and back, in MB/s of UTF-8: the whole text at once, and paragraph by
 * paragraph as prompts come; first with nothing cached. Arguments: the directory of a tokenizer.json, a text file.
 */
public final class TokenizerBenchmark {
    private static final int ROUNDS = 15;

    private TokenizerBenchmark() {}

    public static void main(String[] args) throws IOException {
        if (args.length != 2) {
            throw new IllegalArgumentException("arguments: MODEL_DIRECTORY TEXT_FILE");
        }
        Path model = Path.of(args[0]);
        String text = Files.readString(Path.of(args[1]));
        double megabytes = text.getBytes(StandardCharsets.UTF_8).length / 1e6;
        List<String> paragraphs = new ArrayList<>();
        text.lines().filter(line -> !line.isEmpty()).forEach(paragraphs::add);
        double paragraphMegabytes = paragraphs.stream()
                        .mapToInt(part -> part.getBytes(StandardCharsets.UTF_8).length)
                        .sum()
                / 1e6;
        long start = System.nanoTime();
        Tokenizer tokenizer = Tokenizer.read(model);
        System.out.printf("read in %.0f ms%n", (System.nanoTime() - start) / 1e6);
        start = System.nanoTime();
        int[] ids = tokenizer.encode(text, false);
        System.out.printf(
                "%.2f MB, %d tokens, first time %.1f MB/s%n",
                megabytes, ids.length, megabytes * 1e9 / (System.nanoTime() - start));
        System.out.printf(
                "encode, whole text  %6.1f MB/s%n", rate(megabytes, () -> tokenizer.encode(text, false).length));
        System.out.printf(
                "encode, paragraphs  %6.1f MB/s%n",
                rate(paragraphMegabytes, () -> {
                    int tokens = 0;
                    for (String paragraph : paragraphs) {
                        tokens += tokenizer.encode(paragraph, false).length;
                    }
                    return tokens;
                }));
        System.out.printf(
                "decode              %6.1f MB/s%n",
                rate(megabytes, () -> tokenizer.decode(ids, false).length()));
    }

    /** A piece of work, whose result keeps it from being left out. */
    private interface Work {
        int run();
    }

    /** The median rate of some rounds, after as many to warm up. */
    private static double rate(double megabytes, Work work) {
        double[] rates = new double[ROUNDS];
        int wanted = work.run();
        for (int i = -ROUNDS; i < ROUNDS; i++) {
            long start = System.nanoTime();
            if (work.run() != wanted) {
                throw new IllegalStateException("two runs gave results of different length");
            }
            rates[Math.max(i, 0)] = megabytes * 1e9 / (System.nanoTime() - start);
        }
        Arrays.sort(rates);
        return rates[ROUNDS / 2];
    }
}
