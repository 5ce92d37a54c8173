import { Button, Form, FormGroup, FormHelperText, HelperText, HelperTextItem, TextInput, ToolbarItem } from '@patternfly/react-core';
import { useMemo, useState, type FormEvent } from 'react';
import { url } from '../api/client';
import { usePages } from '../api/queries';
import type { Hit } from '../api/types';
import { useMay } from '../session/session';
import { useAddress } from '../ui/address';
import { count, plural } from '../ui/format';
import { Listing } from '../ui/listing';
import { Empty } from '../ui/states';
import { TagDialog } from './tag-dialog';
import { VersionTable } from './version-table';

/** More would make an address that servers and mail programs cut. */
const MOST_CHOSEN = 200;

/** Versions that fit a filter, page by page in any order; tags can be set on many at once. */
export function VersionSearch() {
  const [filter, setFilter] = useAddress('filter');
  const [sort, setSort] = useAddress('sort', 'name');
  const [names, setNames] = useAddress('chosen');
  const [draft, setDraft] = useState(filter);
  const [isTagging, setTagging] = useState(false);
  const query = usePages<Hit>(['/api/v1/search'], { filter, sort, limit: 200 });
  const mayPublish = useMay('publish');
  const chosen = useMemo(() => new Set(names.split(',').filter((name) => /.@\d+$/.test(name)).slice(0, MOST_CHOSEN)), [names]);

  function choose(some: string[], isChosen: boolean) {
    const next = isChosen ? [...chosen, ...some] : [...chosen].filter((name) => !some.includes(name));
    setNames([...new Set(next)].slice(0, MOST_CHOSEN).join(','));
  }

  function submit(event: FormEvent) {
    event.preventDefault();
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
        <div>
          <Button type="submit" variant="secondary">
            Search
          </Button>
        </div>
      </Form>
      <Listing
        query={query}
        what="the versions"
        filters={
          mayPublish && (
            <>
              <ToolbarItem>
                <Button variant="secondary" isDisabled={chosen.size === 0} onClick={() => setTagging(true)}>
                  Tag {count(chosen.size)} chosen
                </Button>
              </ToolbarItem>
              <ToolbarItem>
                <Button
                  variant="link"
                  onClick={() => choose((query.data ?? []).map((hit) => `${hit.model}@${hit.version}`), true)}
                  isDisabled={chosen.size >= MOST_CHOSEN || (query.data ?? []).length === 0}
                >
                  Choose all shown{(query.data ?? []).length > MOST_CHOSEN ? `, ${MOST_CHOSEN} at most` : ''}
                </Button>
              </ToolbarItem>
              <ToolbarItem>
                <Button variant="link" isDisabled={chosen.size === 0} onClick={() => setNames('')}>
                  Choose none
                </Button>
              </ToolbarItem>
            </>
          )
        }
        empty={<Empty title="No version fits">Change the filter.</Empty>}
      >
        {(hits) => (
          <VersionTable
            label="Versions"
            hits={hits}
            sort={sort}
            onSort={setSort}
            chosen={chosen}
            onChoose={mayPublish ? (name, isChosen) => choose([name], isChosen) : undefined}
            onEnd={query.hasNextPage && !query.isFetching ? query.fetchNextPage : undefined}
          />
        )}
      </Listing>
      {isTagging && (
        <TagDialog
          title={`Tag ${plural(chosen.size, 'version')}`}
          targets={[...chosen].map((name) => {
            const at = name.lastIndexOf('@');
            return { name, path: url(['/api/v1/models', name.slice(0, at), '/versions', name.slice(at + 1), '/tags']) };
          })}
          onClose={() => setTagging(false)}
        />
      )}
    </>
  );
}
