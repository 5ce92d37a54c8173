import { useAll } from '../api/queries';
import type { Key } from '../api/types';
import { UserText } from '../ui/text';
import { useMay } from './session';
import { whose } from './whose';

const MOST_KEYS = 1000;

/** Who did something: the key's name where the reader may know it, and the role. */
export function Who({ principal }: { principal: string | null | undefined }) {
  const mayAdminister = useMay('administer');
  const keys = useAll<Key>(['/api/v1/keys'], MOST_KEYS, { isEnabled: mayAdminister });
  return <UserText text={whose(principal, keys.data ?? [])} />;
}
