import { PageFrame } from '../ui/page';
import { PageTabs } from '../ui/tabs';
import { AuditTab } from './audit-tab';
import { JoinTab } from './join-tab';
import { KeysTab } from './keys-tab';
import { SessionsTab } from './sessions-tab';
import { SigningTab } from './signing-tab';
import { WebhooksTab } from './webhooks-tab';

/** Who may do what, who did what, and who is told. */
export default function AccessPage() {
  return (
    <PageFrame title="Access">
      <PageTabs
        label="Parts of access"
        tabs={[
          { key: 'keys', title: 'Keys', content: () => <KeysTab /> },
          { key: 'join', title: 'Join tokens', content: () => <JoinTab /> },
          { key: 'roles', title: 'Roles', content: () => <Roles /> },
          { key: 'sessions', title: 'Sessions', content: () => <SessionsTab /> },
          { key: 'audit', title: 'Audit log', content: () => <AuditTab /> },
          { key: 'webhooks', title: 'Webhooks', content: () => <WebhooksTab /> },
          { key: 'signing', title: 'Signing keys', content: () => <SigningTab /> },
        ]}
      />
    </PageFrame>
  );
}

const ROLES: [string, string][] = [
  ['admin', 'everything'],
  ['publisher', 'reads everything but what is the admin’s alone; registers, compresses, tags, moves aliases, deletes models and versions'],
  ['viewer', 'reads everything but what is the admin’s alone: keys, webhooks, join tokens, the audit log'],
  ['node', 'reads models and blobs, reports under the name of its key'],
  ['infer', 'chats and completions'],
];

function Roles() {
  return (
    <dl className="roles">
      {ROLES.map(([role, what]) => (
        <div key={role}>
          <dt>{role}</dt>
          <dd>{what}</dd>
        </div>
      ))}
    </dl>
  );
}
