import { Button, Form, FormGroup, FormHelperText, HelperText, HelperTextItem, TextInput, Toolbar, ToolbarContent, ToolbarItem } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { memo, useCallback, useState, type FormEvent } from 'react';
import { Link } from 'react-router';
import { url } from '../api/client';
import { usePages } from '../api/queries';
import type { Hit } from '../api/types';
import { useMay } from '../session/session';
import { useAddress } from '../ui/address';
import { bytes, count, number } from '../ui/format';
import { Pairs, State } from '../ui/labels';
import { Empty, Loaded, More } from '../ui/states';
import { Time } from '../ui/text';
import { TagDialog } from './tag-dialog';

function key(hit: Hit): string {
  return `${hit.model}@${hit.version}`;
}

/** Versions that fit a filter, page by page; tags can be set on many at once. */
export function VersionSearch() {
  const [filter, setFilter] = useAddress('filter');
  const [draft, setDraft] = useState(filter);
  const [chosen, setChosen] = useState<ReadonlyMap<string, Hit>>(new Map());
  const [isTagging, setTagging] = useState(false);
  const query = usePages<Hit>(['/api/v1/search'], { filter, limit: 100 });
  const mayPublish = useMay('publish');

  const choose = useCallback((hit: Hit, isChosen: boolean) => {
    setChosen((before) => {
      const after = new Map(before);
      if (isChosen) {
        after.set(key(hit), hit);
      } else {
        after.delete(key(hit));
      }
      return after;
    });
  }, []);

  function submit(event: FormEvent) {
    event.preventDefault();
    setChosen(new Map());
    setFilter(draft.trim());
  }

  return (
    <>
      <Form onSubmit={submit} className="filter">
        <FormGroup label="Filter" fieldId="filter">
          <TextInput
            id="filter"
            value={draft}
            maxLength={4000}
            onChange={(_event, value) => setDraft(value)}
            aria-describedby="filter-help"
          />
          <FormHelperText>
            <HelperText id="filter-help">
              <HelperTextItem>
                For example <code>name like &apos;prose%&apos; and bpw &lt; 4.5 and (tags.team = &apos;nlp&apos; or state = &apos;draft&apos;)</code>
              </HelperTextItem>
            </HelperText>
          </FormHelperText>
        </FormGroup>
        <Button type="submit" variant="secondary">
          Search
        </Button>
      </Form>
      {mayPublish && (
        <Toolbar>
          <ToolbarContent>
            <ToolbarItem>
              <Button variant="secondary" isDisabled={chosen.size === 0} onClick={() => setTagging(true)}>
                Tag {count(chosen.size)} chosen
              </Button>
            </ToolbarItem>
          </ToolbarContent>
        </Toolbar>
      )}
      <Loaded
        query={query}
        what="the versions"
        isEmpty={(hits) => hits.length === 0}
        empty={<Empty title="No version fits">Change the filter.</Empty>}
      >
        {(hits) => (
          <Table aria-label="Versions" variant="compact">
            <Thead>
              <Tr>
                {mayPublish && <Th screenReaderText="Chosen" />}
                <Th>Version</Th>
                <Th>State</Th>
                <Th>Tags</Th>
                <Th>Codec</Th>
                <Th>Size</Th>
                <Th>Bits per weight</Th>
                <Th>Perplexity</Th>
                <Th>Published</Th>
              </Tr>
            </Thead>
            <Tbody>
              {hits.map((hit) => (
                <HitRow key={key(hit)} hit={hit} isChosen={chosen.has(key(hit))} {...(mayPublish ? { onChoose: choose } : {})} />
              ))}
            </Tbody>
          </Table>
        )}
      </Loaded>
      <More query={query} />
      {isTagging && (
        <TagDialog
          title={`Tag ${count(chosen.size)} versions`}
          targets={[...chosen.values()].map((hit) => url(['/api/v1/models', hit.model, '/versions', String(hit.version), '/tags']))}
          onClose={() => setTagging(false)}
        />
      )}
    </>
  );
}

interface RowProps {
  hit: Hit;
  isChosen: boolean;
  onChoose?: (hit: Hit, isChosen: boolean) => void;
}

const HitRow = memo(function HitRow({ hit, isChosen, onChoose }: RowProps) {
  return (
    <Tr className="row">
      {onChoose && (
        <Td dataLabel="Chosen">
          <input
            type="checkbox"
            aria-label={`Choose ${key(hit)}`}
            checked={isChosen}
            onChange={(event) => onChoose(hit, event.target.checked)}
          />
        </Td>
      )}
      <Td dataLabel="Version">
        <Link to={url(['/models', hit.model, '/versions', String(hit.version)])}>{key(hit)}</Link>
      </Td>
      <Td dataLabel="State">
        <State state={hit.state} />
      </Td>
      <Td dataLabel="Tags">
        <Pairs of={`Tags of ${key(hit)}`} pairs={hit.tags} />
      </Td>
      <Td dataLabel="Codec">{hit.codec ?? '–'}</Td>
      <Td dataLabel="Size" modifier="nowrap">
        {bytes(hit.sizeBytes)}
      </Td>
      <Td dataLabel="Bits per weight">{number(hit.bpw, 2)}</Td>
      <Td dataLabel="Perplexity">{number(hit.bestPerplexity, 2)}</Td>
      <Td dataLabel="Published" modifier="nowrap">
        <Time iso={hit.createdAt} />
      </Td>
    </Tr>
  );
});
