import { Table, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Link } from 'react-router';
import { url } from '../api/client';
import type { Alias, Hit } from '../api/types';
import { bytes, number, range } from '../ui/format';
import { Aliases, Pairs, State } from '../ui/labels';
import { FEW, Rows, type RowPlace } from '../ui/rows';
import { Time } from '../ui/text';

export function nameOf(hit: Hit): string {
  return `${hit.model}@${hit.version}`;
}

interface Props {
  label: string;
  hits: Hit[];
  /** A field by which the registry sorts, after a minus downwards. */
  sort: string;
  onSort: (sort: string) => void;
  /** The aliases of the one model whose versions these are; without them the versions' names have the model's. */
  aliases?: Alias[];
  chosen?: ReadonlySet<string>;
  onChoose?: ((name: string, isChosen: boolean) => void) | undefined;
  /** Reads the next page; none when there is none, or one is being read. */
  onEnd?: (() => unknown) | undefined;
}

const SORTED = ['version', 'sizeBytes', 'bpw', 'perplexity', 'createdAt', 'name'];

/** Versions as a table of any length, sorted by the registry. */
export function VersionTable({ label, hits, sort, onSort, aliases, chosen, onChoose, onEnd }: Props) {
  function sorted(field: string) {
    return {
      sortBy: { index: SORTED.indexOf(sort.replace(/^-/, '')), direction: sort.startsWith('-') ? ('desc' as const) : ('asc' as const) },
      onSort: (_event: unknown, _index: number, direction: 'asc' | 'desc') => onSort(direction === 'desc' ? `-${field}` : field),
      columnIndex: SORTED.indexOf(field),
    };
  }

  const isMany = hits.length > FEW;
  return (
    <Table aria-label={label} variant="compact" {...(isMany ? { className: 'many', 'aria-rowcount': onEnd ? -1 : hits.length + 1 } : {})}>
      <Thead>
        <Tr>
          {onChoose && <Th screenReaderText="Chosen" width={10} />}
          <Th sort={sorted(aliases ? 'version' : 'name')}>Version</Th>
          <Th>State</Th>
          {aliases && <Th>Aliases</Th>}
          <Th>Tags</Th>
          <Th>Codec</Th>
          <Th sort={sorted('sizeBytes')}>Size</Th>
          <Th sort={sorted('bpw')}>Bits per weight</Th>
          <Th sort={sorted('perplexity')}>Perplexity, all blocks</Th>
          <Th sort={sorted('createdAt')}>Published</Th>
        </Tr>
      </Thead>
      <Rows
        items={hits}
        columns={10}
        onEnd={onEnd}
        row={(hit, place) => (
          <HitRow key={nameOf(hit)} hit={hit} place={place} aliases={aliases} isChosen={chosen?.has(nameOf(hit)) ?? false} onChoose={onChoose} />
        )}
      />
    </Table>
  );
}

interface RowProps {
  hit: Hit;
  place: RowPlace;
  aliases: Alias[] | undefined;
  isChosen: boolean;
  onChoose: Props['onChoose'];
}

function HitRow({ hit, place, aliases, isChosen, onChoose }: RowProps) {
  const name = nameOf(hit);
  const minimalBpw = hit.minimalBytes != null && hit.weights ? (8 * hit.minimalBytes) / hit.weights : null;
  return (
    <Tr className="row" {...place}>
      {onChoose && (
        <Td dataLabel="Chosen">
          <input type="checkbox" aria-label={`Choose ${name}`} checked={isChosen} onChange={(event) => onChoose(name, event.target.checked)} />
        </Td>
      )}
      <Td dataLabel="Version">
        <Link to={url(['/models', hit.model, '/versions', String(hit.version)])}>{aliases ? `version ${hit.version}` : name}</Link>
      </Td>
      <Td dataLabel="State">
        <State state={hit.state} />
      </Td>
      {aliases && (
        <Td dataLabel="Aliases">
          <Aliases of={name} aliases={aliases.filter((alias) => alias.version === hit.version)} />
        </Td>
      )}
      <Td dataLabel="Tags">
        <Pairs of={`Tags of ${name}`} pairs={hit.tags} />
      </Td>
      <Td dataLabel="Codec">{hit.codec ?? '–'}</Td>
      <Td dataLabel="Size">{hit.sizeBytes == null ? 'no stack' : range(bytes(hit.minimalBytes), bytes(hit.sizeBytes))}</Td>
      <Td dataLabel="Bits per weight">{range(number(minimalBpw, 2), number(hit.bpw, 2))}</Td>
      <Td dataLabel="Perplexity, all blocks">{number(hit.bestPerplexity, 2)}</Td>
      <Td dataLabel="Published">
        <Time iso={hit.createdAt} />
      </Td>
    </Tr>
  );
}
