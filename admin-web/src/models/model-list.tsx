import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { Link } from 'react-router';
import { url } from '../api/client';
import { usePages } from '../api/queries';
import type { Model } from '../api/types';
import { useAddress } from '../ui/address';
import { has, Words } from '../ui/filters';
import { bytes, number, range } from '../ui/format';
import { Aliases, Pairs } from '../ui/labels';
import { Listing } from '../ui/listing';
import { Empty } from '../ui/states';
import { Time } from '../ui/text';

type Column = 'name' | 'size' | 'published';

/** The models that were read, filtered and sorted as the address says. */
export function ModelList() {
  const query = usePages<Model>(['/api/v1/models'], { limit: 200 }, { refreshMillis: 15_000 });
  const [words, setWords] = useAddress('q');
  const [sort, setSort] = useAddress('sort', 'name');

  function sorted(column: Column, index: number) {
    return {
      sortBy: { index: ['name', 'size', 'published'].indexOf(sort.replace(/^-/, '')), direction: sort.startsWith('-') ? ('desc' as const) : ('asc' as const) },
      onSort: (_event: unknown, _index: number, direction: 'asc' | 'desc') => setSort(direction === 'desc' ? `-${column}` : column),
      columnIndex: index,
    };
  }

  return (
    <Listing
      query={query}
      what="the models"
      filters={<Words label="Find models by name, description or tag" placeholder="Name, description or tag" value={words} onChange={setWords} />}
      empty={<Empty title="No models yet">Register a model and have it compressed.</Empty>}
      pick={(models) => arrange(models, words, sort)}
      noneFits={<Empty title="No model fits">Change the words, or read more models below.</Empty>}
    >
      {(models) => (
        <Table aria-label="Models" variant="compact">
          <Thead>
            <Tr>
              <Th sort={sorted('name', 0)}>Name</Th>
              <Th>Newest version</Th>
              <Th>Aliases</Th>
              <Th>Tags</Th>
              <Th sort={sorted('size', 1)}>Size</Th>
              <Th>Bits per weight</Th>
              <Th>Perplexity, all blocks</Th>
              <Th sort={sorted('published', 2)}>Published</Th>
            </Tr>
          </Thead>
          <Tbody>
            {models.map((model) => (
              <ModelRow key={model.name} model={model} />
            ))}
          </Tbody>
        </Table>
      )}
    </Listing>
  );
}

function ModelRow({ model }: { model: Model }) {
  const newest = model.newest;
  return (
    <Tr className="row">
      <Td dataLabel="Name">
        <Link to={url(['/models', model.name])}>{model.name}</Link>
      </Td>
      <Td dataLabel="Newest version">
        {newest ? <Link to={url(['/models', model.name, '/versions', String(newest.version)])}>{newest.version}</Link> : 'not published yet'}
      </Td>
      <Td dataLabel="Aliases">
        <Aliases of={model.name} aliases={model.aliases} showsVersion />
      </Td>
      <Td dataLabel="Tags">
        <Pairs of={`Tags of ${model.name}`} pairs={model.tags} />
      </Td>
      <Td dataLabel="Size" modifier="nowrap">
        {newest ? range(bytes(newest.minimalBytes), bytes(newest.sizeBytes)) : '–'}
      </Td>
      <Td dataLabel="Bits per weight" modifier="nowrap">
        {newest ? range(number(newest.minimalBpw, 2), number(newest.bpw, 2)) : '–'}
      </Td>
      <Td dataLabel="Perplexity, all blocks">{number(newest?.bestPerplexity, 2)}</Td>
      <Td dataLabel="Published" modifier="nowrap">
        <Time iso={newest?.createdAt} />
      </Td>
    </Tr>
  );
}

/** Those that have the words in name, description or tags, sorted by `name`, `size` or `published`, downwards after a minus. */
export function arrange(models: Model[], words: string, sort: string): Model[] {
  const fits = models.filter((model) => has(words, [model.name, model.description, ...Object.entries(model.tags ?? {}).flat()]));
  const sign = sort.startsWith('-') ? -1 : 1;
  const by = sort.replace(/^-/, '');
  return fits.sort((a, b) => {
    const order =
      by === 'size'
        ? (a.newest?.sizeBytes ?? 0) - (b.newest?.sizeBytes ?? 0)
        : by === 'published'
          ? (a.newest?.createdAt ?? '').localeCompare(b.newest?.createdAt ?? '')
          : 0;
    return sign * (order || a.name.localeCompare(b.name));
  });
}
