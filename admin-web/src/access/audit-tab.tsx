import { Button, InputGroup, InputGroupItem, InputGroupText, TextInput, Toolbar, ToolbarContent, ToolbarItem } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useSearchParams } from 'react-router';
import { usePages } from '../api/queries';
import { useAddress } from '../ui/address';
import { Empty, Loaded, More } from '../ui/states';
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

/** Every change, the latest first, of one principal, one action and a span of time, where these are given. */
export function AuditTab() {
  const [principal, setPrincipal] = useAddress('principal');
  const [action, setAction] = useAddress('action');
  const [from, setFrom] = useAddress('from');
  const [to, setTo] = useAddress('to');
  const [, setSearch] = useSearchParams();
  const query = usePages<AuditEvent>(
    ['/api/v1/audit-events'],
    { principal, action, from: from || undefined, to: to || undefined, limit: 100 },
    { refreshMillis: REFRESH_MILLIS },
  );
  return (
    <>
      <Toolbar>
        <ToolbarContent>
          <ToolbarItem>
            <TextInput aria-label="By whom" placeholder="By whom: the id of a key" maxLength={200} value={principal} onChange={(_event, value) => setPrincipal(value)} />
          </ToolbarItem>
          <ToolbarItem>
            <TextInput aria-label="Action" placeholder="Action, such as alias.move" maxLength={50} value={action} onChange={(_event, value) => setAction(value)} />
          </ToolbarItem>
          <TimeField label="From" iso={from} onChange={setFrom} />
          <TimeField label="Before" iso={to} onChange={setTo} />
          {(from || to) && (
            <ToolbarItem>
              <Button
                variant="link"
                onClick={() =>
                  setSearch(
                    (before) => {
                      const after = new URLSearchParams(before);
                      after.delete('from');
                      after.delete('to');
                      return after;
                    },
                    { replace: true, preventScrollReset: true },
                  )
                }
              >
                Any time
              </Button>
            </ToolbarItem>
          )}
        </ToolbarContent>
      </Toolbar>
      <Loaded query={query} what="the audit log" isEmpty={(items) => items.length === 0} empty={<Empty title="Nothing found">No change fits.</Empty>}>
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
                    <UserText text={item.principal} />
                  </Td>
                  <Td dataLabel="Action">
                    <code>{item.action}</code>
                  </Td>
                  <Td dataLabel="What">
                    <UserText text={item.subject} />
                  </Td>
                </Tr>
              ))}
            </Tbody>
          </Table>
        )}
      </Loaded>
      <More query={query} />
    </>
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
