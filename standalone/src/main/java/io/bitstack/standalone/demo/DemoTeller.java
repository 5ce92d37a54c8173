package io.bitstack.standalone.demo;

import java.util.List;

/** Hears what the scenario does, to show it. */
public interface DemoTeller {
    /** A new part of the scenario begins. */
    void stage(String what);

    /** How far the compression is. */
    void compressing(JobStatus status);

    /** The compression is over. */
    void compressed(JobStatus status, double seconds);

    void nodes(List<DemoResult.NodeResult> nodes);

    /** A node is about to answer. */
    void asking(String node);

    /** A piece of an answer. */
    void piece(String text);

    void answered();

    void resized(DemoResult.Resize resize);
}
