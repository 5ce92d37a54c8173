import { useAll } from '../api/queries';
import type { Key } from '../api/types';
import { UserText } from '../ui/text';
import { useMay } from './session';
import { whose } from './whose';

const MOST_KEYS = 1000;

/** The keys, for saying names instead of ids; none where the reader may not know them. */
export function useKeys(): Key[] {
  const mayAdminister = useMay('administer');
  return useAll<Key>(['/api/v1/keys'], MOST_KEYS, { isEnabled: mayAdminister }).data ?? [];
}

/** Who did something: the key's name where the reader may know it, and the role; the id on hover. */
export function Who({ principal }: { principal: string | null | undefined }) {
  return <UserText text={whose(principal, useKeys())} {...(principal ? { title: principal } : {})} />;
}
