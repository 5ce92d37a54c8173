package io.bitstack.core.stack;

/** A budget does not hold the minimal prefix. */
public final class BudgetTooSmallException extends RuntimeException {
    private final long missingBytes;

    public BudgetTooSmallException(long budgetBytes, long neededBytes) {
        super("a budget of %d bytes is %d bytes short of the minimal prefix, which needs %d bytes"
                .formatted(budgetBytes, neededBytes - budgetBytes, neededBytes));
        this.missingBytes = neededBytes - budgetBytes;
    }

    public long missingBytes() {
        return missingBytes;
    }
}
