package io.bitstack.compression.linalg;

import static org.assertj.core.api.Assertions.assertThat;

import io.bitstack.core.codec.InTheMidst;
import io.bitstack.core.codec.LinearAlgebra;
import io.bitstack.core.codec.LinearAlgebraContract;
import io.bitstack.core.tensor.FloatMatrix;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Nd4jLinearAlgebraTest extends LinearAlgebraContract {
    @Override
    protected LinearAlgebra algebra() {
        return new Nd4jLinearAlgebra();
    }

    @Test
    void anInterruptedThreadGivesUpTheSvdThatItIsInTheMidstOf() throws InterruptedException {
        FloatMatrix a = FloatMatrix.zeros(512, 512);
        Random random = new Random(3);
        for (int i = 0; i < a.data().length; i++) {
            a.data()[i] = random.nextFloat();
        }
        assertThat(InTheMidst.isGivenUp(() -> algebra().truncatedSvd(a, 16), "Doubles.orthonormalised"))
                .isTrue();
    }
}
