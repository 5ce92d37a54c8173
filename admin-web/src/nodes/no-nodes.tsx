import { useMay } from '../session/session';
import { Go } from '../ui/go';
import { Empty } from '../ui/states';

/** What to do where no node has joined yet. */
export function NoNodes() {
  const mayAdminister = useMay('administer');
  return (
    <Empty title="No nodes yet" action={mayAdminister && <Go to="/access?tab=join">Make a join token</Go>}>
      Start an inference node with this gateway&apos;s address and a join token; it gets a key of its own for it.
    </Empty>
  );
}
