package io.bitstack.core.codec;

class PlainLinearAlgebraTest extends LinearAlgebraContract {
    @Override
    protected LinearAlgebra algebra() {
        return new PlainLinearAlgebra();
    }
}
