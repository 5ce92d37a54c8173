import { Label, LabelGroup } from '@patternfly/react-core';
import type { Alias } from '../api/types';
import { UserText } from './text';

type Color = 'green' | 'blue' | 'orange' | 'red' | 'grey';

const COLORS: Record<string, Color> = {
  ready: 'green',
  done: 'green',
  delivered: 'green',
  active: 'green',
  empty: 'grey',
  draft: 'grey',
  archived: 'grey',
  cancelled: 'grey',
  retired: 'grey',
  draining: 'orange',
  stale: 'orange',
  'expires soon': 'orange',
  replaced: 'grey',
  expired: 'red',
  pending: 'blue',
  whole: 'green',
  repaired: 'orange',
  'not finished': 'grey',
  damaged: 'red',
  lost: 'red',
  failed: 'red',
  condemned: 'red',
  revoked: 'red',
};

/** A state in words and, beside them, in colour. */
export function State({ state }: { state: string }) {
  return (
    <Label color={COLORS[state] ?? 'blue'} isCompact>
      {state}
    </Label>
  );
}

/** Names that point somewhere; with `showsVersion` also where. */
export function Aliases({ of, aliases, showsVersion = false }: { of: string; aliases: Alias[]; showsVersion?: boolean }) {
  if (aliases.length === 0) {
    return '–';
  }
  return (
    <LabelGroup aria-label={`Aliases of ${of}`}>
      {aliases.map(({ alias, version }) => (
        <Label key={alias} isCompact color="blue">
          {showsVersion ? `${alias} → ${version}` : alias}
        </Label>
      ))}
    </LabelGroup>
  );
}

const SHORT = 40;

/** Tags or labels as `key: value`. */
export function Pairs({ of, pairs }: { of: string; pairs: Record<string, string> | null | undefined }) {
  const entries = Object.entries(pairs ?? {});
  if (entries.length === 0) {
    return '–';
  }
  return (
    <ul className="pairs" aria-label={of}>
      {entries.map(([key, value]) => (
        <li key={key}>
          <UserText text={value === '' ? key : `${key}: ${value}`} longest={SHORT} />
        </li>
      ))}
    </ul>
  );
}
