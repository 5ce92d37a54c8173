package io.bitstack.inference.node;

/** The registry has taken a report of this node for the first time: the platform knows it now. */
public record ReportTaken() {}
