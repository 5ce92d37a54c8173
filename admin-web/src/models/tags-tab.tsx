import { Button } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import { json, url } from '../api/client';
import { useMay } from '../session/session';
import { useAction } from '../ui/action';
import { Empty } from '../ui/states';
import { UserText } from '../ui/text';
import { TagDialog } from './tag-dialog';

interface Props {
  /** Where the tags are, below the API. */
  path: string;
  of: string;
  tags: Record<string, string>;
}

/** The tags of a model or version; removing one can be undone. */
export function TagsTab({ path, of, tags }: Props) {
  const [isAdding, setAdding] = useState(false);
  const mayPublish = useMay('publish');
  const { run } = useAction();
  const entries = Object.entries(tags);

  async function remove(key: string, value: string) {
    const undo = () =>
      void run({ done: `Tag ${key} is back`, failed: `Tag ${key} is not back` }, () => json(path, { method: 'PATCH', body: { [key]: value } }));
    await run({ done: `Tag ${key.slice(0, 60)} was removed`, failed: 'The tag was not removed', undo }, () =>
      json(url([path], { key }), { method: 'DELETE' }),
    );
  }

  return (
    <>
      {entries.length === 0 ? (
        <Empty title="No tags" />
      ) : (
        <Table aria-label={`Tags of ${of}`} variant="compact">
          <Thead>
            <Tr>
              <Th width={30}>Key</Th>
              <Th>Value</Th>
              {mayPublish && <Th screenReaderText="Actions" />}
            </Tr>
          </Thead>
          <Tbody>
            {entries.map(([key, value]) => (
              <Tr key={key}>
                <Td dataLabel="Key">
                  <UserText text={key} />
                </Td>
                <Td dataLabel="Value">
                  <UserText text={value} />
                </Td>
                {mayPublish && (
                  <Td dataLabel="Actions" isActionCell>
                    <Button variant="link" onClick={() => void remove(key, value)}>
                      Remove<span className="for-readers"> the tag {key.slice(0, 60)}</span>
                    </Button>
                  </Td>
                )}
              </Tr>
            ))}
          </Tbody>
        </Table>
      )}
      {mayPublish && (
        <Button variant="secondary" className="more" onClick={() => setAdding(true)}>
          Set a tag
        </Button>
      )}
      {isAdding && <TagDialog title={`Set a tag of ${of}`} targets={[{ name: of, path, tags }]} onClose={() => setAdding(false)} />}
    </>
  );
}
