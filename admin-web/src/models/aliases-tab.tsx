import { Button } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import { usePages } from '../api/queries';
import type { AliasChange, Model } from '../api/types';
import { useMay } from '../session/session';
import { Who } from '../session/who';
import { useAddress } from '../ui/address';
import { Listing } from '../ui/listing';
import { Section } from '../ui/section';
import { Empty } from '../ui/states';
import { Time } from '../ui/text';
import { AliasDialog, type Wish } from './alias-dialog';

/** A model's aliases, where each pointed before, and moving or rolling one back with a preview. */
export function AliasesTab({ model }: { model: Model }) {
  const [open, setOpen] = useAddress('alias', model.aliases[0]?.alias ?? '');
  const [wish, setWish] = useState<Wish | null>(null);
  const mayPublish = useMay('publish');
  const alias = model.aliases.find((candidate) => candidate.alias === open);
  return (
    <>
      {model.aliases.length === 0 ? (
        <Empty title="No aliases yet">An alias, such as stable, is a name for a version; deployments that follow it move with it.</Empty>
      ) : (
        <Table aria-label={`Aliases of ${model.name}`} variant="compact">
          <Thead>
            <Tr>
              <Th>Alias</Th>
              <Th>Version</Th>
              <Th>Moved</Th>
              <Th screenReaderText="Actions" />
            </Tr>
          </Thead>
          <Tbody>
            {model.aliases.map((item) => (
              <Tr key={item.alias}>
                <Td dataLabel="Alias">{item.alias}</Td>
                <Td dataLabel="Version">{item.version}</Td>
                <Td dataLabel="Moved">
                  <Time iso={item.updatedAt} />
                </Td>
                <Td dataLabel="Actions" isActionCell>
                  <Button variant="link" onClick={() => setOpen(item.alias)}>
                    History<span className="for-readers"> of {item.alias}</span>
                  </Button>
                  {mayPublish && (
                    <Button variant="link" onClick={() => setWish({ alias: item.alias, version: item.version })}>
                      Move<span className="for-readers"> {item.alias}</span>
                    </Button>
                  )}
                </Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      )}
      {mayPublish && model.newest && (
        <Button
          variant="secondary"
          className="more"
          onClick={() => setWish({ alias: '', version: model.newest?.version ?? 1 })}
        >
          New alias
        </Button>
      )}
      {alias && (
        <History
          key={alias.alias}
          model={model.name}
          alias={alias.alias}
          now={alias.version}
          {...(mayPublish ? { onRollBack: (version: number) => setWish({ alias: alias.alias, version }) } : {})}
        />
      )}
      {wish && <AliasDialog model={model} wish={wish} onClose={() => setWish(null)} />}
    </>
  );
}

interface HistoryProps {
  model: string;
  alias: string;
  now: number;
  onRollBack?: (version: number) => void;
}

function History({ model, alias, now, onRollBack }: HistoryProps) {
  const query = usePages<AliasChange>(['/api/v1/models', model, '/aliases', alias, '/history'], { limit: 200 });
  return (
    <Section title={`History of ${alias}`}>
      <Listing query={query} what={`the history of ${alias}`} empty={<Empty title="Never moved" />}>
        {(items) => (
          <Table aria-label={`History of ${alias}`} variant="compact">
            <Thead>
              <Tr>
                <Th>When</Th>
                <Th>Version</Th>
                <Th>By</Th>
                <Th screenReaderText="Actions" />
              </Tr>
            </Thead>
            <Tbody>
              {[...items]
                .sort((a, b) => b.id - a.id)
                .map((change) => (
                  <Tr key={change.id}>
                    <Td dataLabel="When">
                      <Time iso={change.changedAt} />
                    </Td>
                    <Td dataLabel="Version">{change.version ?? 'removed'}</Td>
                    <Td dataLabel="By">
                      <Who principal={change.changedBy} />
                    </Td>
                    <Td dataLabel="Actions" isActionCell>
                      {onRollBack && change.version && change.version !== now && (
                        <Button variant="link" onClick={() => onRollBack(change.version ?? now)}>
                          Roll back to version {change.version}
                        </Button>
                      )}
                    </Td>
                  </Tr>
                ))}
            </Tbody>
          </Table>
        )}
      </Listing>
    </Section>
  );
}
