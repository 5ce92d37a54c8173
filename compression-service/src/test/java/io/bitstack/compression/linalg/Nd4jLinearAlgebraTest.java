package io.bitstack.compression.linalg;

import io.bitstack.core.codec.LinearAlgebra;
import io.bitstack.core.codec.LinearAlgebraContract;

class Nd4jLinearAlgebraTest extends LinearAlgebraContract {
    @Override
    protected LinearAlgebra algebra() {
        return new Nd4jLinearAlgebra();
    }
}
