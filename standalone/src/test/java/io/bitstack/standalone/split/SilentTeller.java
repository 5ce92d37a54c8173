package io.bitstack.standalone.split;

import io.bitstack.standalone.demo.DemoResult;
import io.bitstack.standalone.demo.DemoTeller;
import io.bitstack.standalone.demo.JobStatus;
import java.util.List;

/** Shows nothing. */
final class SilentTeller implements DemoTeller {
    @Override
    public void stage(String what) {}

    @Override
    public void compressing(JobStatus status) {}

    @Override
    public void compressed(JobStatus status, double seconds) {}

    @Override
    public void nodes(List<DemoResult.NodeResult> nodes) {}

    @Override
    public void asking(String node) {}

    @Override
    public void piece(String text) {}

    @Override
    public void answered() {}

    @Override
    public void resized(DemoResult.Resize resize) {}
}
