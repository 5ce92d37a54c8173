package io.bitstack.compression.encode;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.core.codec.EncodedInput;
import io.bitstack.core.codec.EncodedMatrix;
import io.bitstack.core.codec.InputStatistics;
import io.bitstack.core.codec.InputWeights;
import io.bitstack.core.codec.MatrixEncoder;
import io.bitstack.core.codec.MatrixRole;
import io.bitstack.core.codec.PlainLinearAlgebra;
import io.bitstack.core.kernel.RowPool;
import io.bitstack.core.stack.Descriptor;
import io.bitstack.core.stack.FileBlobStore;
import io.bitstack.core.tensor.FloatMatrix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What was encoded is not encoded again, and comes back bit for bit; everything that matters makes another part of it. */
class PartEncoderTest {
    @TempDir
    Path directory;

    private final Map<String, PartMemory.Part> remembered = new ConcurrentHashMap<>();
    private final PartMemory memory = new PartMemory() {
        @Override
        public Optional<Part> find(String key) {
            return Optional.ofNullable(remembered.get(key));
        }

        @Override
        public void keep(String key, Part part) {
            remembered.put(key, part);
        }
    };
    private FileBlobStore store;
    private int encodedMatrices;
    private int madeInputs;

    @BeforeEach
    void makeStore() throws IOException {
        store = new FileBlobStore(directory);
    }

    /** A codec's own encoder, its work counted. */
    private final class Counting implements MatrixEncoder {
        private final MatrixEncoder encoder;

        Counting(MatrixEncoder encoder) {
            this.encoder = encoder;
        }

        @Override
        public String codec() {
            return encoder.codec();
        }

        @Override
        public EncodedInput input(InputStatistics statistics, InputWeights weights) {
            madeInputs++;
            return encoder.input(statistics, weights);
        }

        @Override
        public EncodedMatrix encode(FloatMatrix weights, EncodedInput input, MatrixRole role) {
            encodedMatrices++;
            return encoder.encode(weights, input, role);
        }
    }

    private PartEncoder encoder(String codec, Map<String, String> given) {
        CodecParameters parameters = new CodecParameters(codec, given);
        return new PartEncoder(
                new Counting(parameters.encoder(new PlainLinearAlgebra(), RowPool.SINGLE)),
                parameters.values(),
                memory,
                store,
                new Cores(1));
    }

    private static FloatMatrix matrix(long seed, int rows, int columns) {
        Random random = new Random(seed);
        FloatMatrix matrix = FloatMatrix.zeros(rows, columns);
        for (int i = 0; i < matrix.data().length; i++) {
            matrix.data()[i] = (float) random.nextGaussian();
        }
        return matrix;
    }

    private static InputStatistics statistics(int columns, float first) {
        InputStatistics white = InputStatistics.white(columns);
        white.secondMoment()[0] = first;
        return white;
    }

    private static InputWeights ones(int columns) {
        double[] ones = new double[columns];
        java.util.Arrays.fill(ones, 1);
        return new InputWeights(columns, ones);
    }

    private PartMemory.Stored encode(PartEncoder encoder, FloatMatrix w, float first, MatrixRole role)
            throws IOException {
        return encoder.encode(w, encoder.input(statistics(w.columns(), first), ones(w.columns())), role)
                .store();
    }

    @ParameterizedTest
    @ValueSource(strings = {"nested", "iabd"})
    void whatWasEncodedComesBackBitForBit(String codec) throws IOException {
        FloatMatrix w = matrix(1, 13, 63);
        PartEncoder first = encoder(codec, Map.of("levels", "4"));
        PartEncoder.Input input = first.input(statistics(63, 2), ones(63));
        PartMemory.Stored stored = first.encode(w, input, MatrixRole.LINEAR).store();
        assertThat(stored.reused()).isFalse();
        PartMemory.Part made = stored.part();
        Descriptor blob = input.blob();
        assertThat(encodedMatrices).isEqualTo(1);
        EncodedMatrix plain = encodedPlainly(codec, w);
        assertThat(store.read(made.blobs().getFirst().digest(), 1 << 20)).isEqualTo(plain.header());
        for (int b = 0; b < plain.blocks().size(); b++) {
            assertThat(store.read(made.blobs().get(b + 1).digest(), 1 << 20))
                    .isEqualTo(plain.blocks().get(b));
        }

        // Another process, with other parameters of the steps before and after.
        PartEncoder second = encoder(codec, Map.of("levels", "4", "evaluationWindows", "3"));
        PartEncoder.Input again = second.input(statistics(63, 2), ones(63));
        assertThat(second.encode(w, again, MatrixRole.LINEAR).store()).isEqualTo(new PartMemory.Stored(made, true));
        assertThat(again.blob()).isEqualTo(blob);
        assertThat(encodedMatrices).isEqualTo(1);
        assertThat(madeInputs).as("nothing needed the input itself").isEqualTo(1);
    }

    private static EncodedMatrix encodedPlainly(String codec, FloatMatrix w) {
        MatrixEncoder encoder =
                new CodecParameters(codec, Map.of("levels", "4")).encoder(new PlainLinearAlgebra(), RowPool.SINGLE);
        return encoder.encode(w, encoder.input(statistics(63, 2), ones(63)), MatrixRole.LINEAR);
    }

    @Test
    void everythingThatMattersMakesAnotherPart() throws IOException {
        FloatMatrix w = matrix(1, 8, 64);
        PartEncoder encoder = encoder("nested", Map.of());
        encode(encoder, w, 2, MatrixRole.LINEAR);
        encode(encoder, w, 3, MatrixRole.LINEAR);
        encode(encoder, w, 2, MatrixRole.EMBEDDING);
        FloatMatrix other = new FloatMatrix(8, 64, w.data().clone());
        other.data()[511] = Math.nextUp(other.data()[511]);
        encode(encoder, other, 2, MatrixRole.LINEAR);
        encode(encoder("nested", Map.of("damping", "0.5")), w, 2, MatrixRole.LINEAR);
        encode(encoder("iabd", Map.of()), w, 2, MatrixRole.LINEAR);
        assertThat(encodedMatrices).isEqualTo(6);
        encode(encoder, other, 2, MatrixRole.LINEAR);
        assertThat(encodedMatrices).isEqualTo(6);
    }

    @Test
    void aPartWhoseBlobsAreGoneOrDamagedIsEncodedAgain() throws IOException {
        FloatMatrix w = matrix(1, 8, 64);
        PartEncoder encoder = encoder("nested", Map.of());
        PartMemory.Part made = encode(encoder, w, 2, MatrixRole.LINEAR).part();
        Path header;
        try (Stream<Path> files = Files.walk(directory)) {
            String name = made.blobs().getFirst().digest().hex().substring(2);
            header = files.filter(file -> file.getFileName().toString().equals(name))
                    .findFirst()
                    .orElseThrow();
        }
        Files.delete(header);
        assertThat(encode(encoder, w, 2, MatrixRole.LINEAR)).isEqualTo(new PartMemory.Stored(made, false));
        assertThat(encodedMatrices).isEqualTo(2);
        assertThat(header).exists();
    }
}
