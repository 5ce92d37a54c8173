import { Button, InputGroup, InputGroupItem, InputGroupText, TextInput, ToolbarItem } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { usePages } from '../api/queries';
import type { Key } from '../api/types';
import { useKeys, Who } from '../session/who';
import { idsOf, named } from '../session/whose';
import { useAddress, useChangeAddress } from '../ui/address';
import { Listing } from '../ui/listing';
import { Empty } from '../ui/states';
import { Time, UserText } from '../ui/text';
import { instant, localTime } from './times';

/** One change: who did what to what. */
interface AuditEvent {
  id: number;
  at: string;
  principal: string;
  action: string;
  subject: string;
}

const REFRESH_MILLIS = 5000;
const KEY_NAMES = 'audit-keys';

/** Every change, the latest first, of one principal, one action and a span of time, where these are given. */
export function AuditTab() {
  const [principal, setPrincipal] = useAddress('principal');
  const [action, setAction] = useAddress('action');
  const [from, setFrom] = useAddress('from');
  const [to, setTo] = useAddress('to');
  const change = useChangeAddress();
  const keys = useKeys();
  const ids = idsOf(principal.trim(), keys);
  const query = usePages<AuditEvent>(
    ['/api/v1/audit-events'],
    { principal: ids[0], action, from: from || undefined, to: to || undefined, limit: 100 },
    { refreshMillis: REFRESH_MILLIS },
  );

  return (
    <Listing
      query={query}
      what="the audit log"
      empty={<Empty title="Nothing found">No change fits.</Empty>}
      filters={
        <>
          <ToolbarItem>
            <TextInput aria-label="By whom" placeholder="Name or id of a key" maxLength={200} list={KEY_NAMES} value={principal} onChange={(_event, value) => setPrincipal(value)} />
            <datalist id={KEY_NAMES}>
              {[...new Set(keys.map((key) => key.name))].map((name) => (
                <option key={name} value={name} />
              ))}
            </datalist>
          </ToolbarItem>
          <ToolbarItem>
            <TextInput aria-label="Action" placeholder="Action, such as alias.move" maxLength={50} value={action} onChange={(_event, value) => setAction(value)} />
          </ToolbarItem>
          <TimeField label="From" iso={from} onChange={setFrom} />
          <TimeField label="Before" iso={to} onChange={setTo} />
          {(from || to) && (
            <ToolbarItem>
              <Button variant="link" onClick={() => change({ from: null, to: null })}>
                Any time
              </Button>
            </ToolbarItem>
          )}
          {ids.length > 1 && <Namesakes ids={ids} keys={keys} onChoose={setPrincipal} />}
        </>
      }
    >
      {(items) => (
        <Table aria-label="Audit log" variant="compact">
          <Thead>
            <Tr>
              <Th>When</Th>
              <Th>By</Th>
              <Th>Action</Th>
              <Th>What</Th>
            </Tr>
          </Thead>
          <Tbody>
            {items.map((item) => (
              <Tr key={item.id} className="row">
                <Td dataLabel="When" modifier="nowrap">
                  <Time iso={item.at} />
                </Td>
                <Td dataLabel="By">
                  <Who principal={item.principal} />
                </Td>
                <Td dataLabel="Action">
                  <code>{item.action}</code>
                </Td>
                <Td dataLabel="What">
                  <UserText text={named(item.subject, keys)} title={item.subject} />
                </Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      )}
    </Listing>
  );
}

/** Several keys have the name, as those that were rotated have: the log is asked for one of them. */
function Namesakes({ ids, keys, onChoose }: { ids: string[]; keys: Key[]; onChoose: (id: string) => void }) {
  return (
    <ToolbarItem>
      {ids.length} keys have this name, and shown is what the first did. Show one:{' '}
      {ids.map((id) => (
        <Button key={id} variant="link" isInline onClick={() => onChoose(id)}>
          made <Time iso={keys.find((key) => key.id === id)?.createdAt} />{' '}
        </Button>
      ))}
    </ToolbarItem>
  );
}

/** A time in the reader's zone; the address has the instant. */
function TimeField({ label, iso, onChange }: { label: string; iso: string; onChange: (iso: string) => void }) {
  return (
    <ToolbarItem>
      <InputGroup>
        <InputGroupText>{label}</InputGroupText>
        <InputGroupItem>
          <TextInput type="datetime-local" aria-label={label} value={localTime(iso)} onChange={(_event, value) => onChange(instant(value))} />
        </InputGroupItem>
      </InputGroup>
    </ToolbarItem>
  );
}
