import { TextInput, Toolbar, ToolbarContent, ToolbarItem } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { usePages } from '../api/queries';
import { useAddress } from '../ui/address';
import { Empty, Loaded, More } from '../ui/states';
import { Time, UserText } from '../ui/text';

/** One change: who did what to what. */
interface AuditEvent {
  id: number;
  at: string;
  principal: string;
  action: string;
  subject: string;
}

const REFRESH_MILLIS = 5000;

/** Every change, the latest first, by one's name and action if they are given. */
export function AuditTab() {
  const [principal, setPrincipal] = useAddress('principal');
  const [action, setAction] = useAddress('action');
  const query = usePages<AuditEvent>(['/api/v1/audit-events'], { principal, action, limit: 100 }, { refreshMillis: REFRESH_MILLIS });
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
