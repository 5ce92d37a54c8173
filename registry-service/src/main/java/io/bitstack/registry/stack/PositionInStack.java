package io.bitstack.registry.stack;

import java.io.Serializable;

/** The key of whatever has a place in a stack. */
record PositionInStack(long stackId, int position) implements Serializable {}
