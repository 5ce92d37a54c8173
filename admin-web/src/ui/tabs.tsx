import { Tab, Tabs, TabTitleText } from '@patternfly/react-core';
import type { ReactNode } from 'react';
import { useAddress } from './address';

interface Props {
  /** What the tabs are parts of, for screen readers. */
  label: string;
  tabs: { key: string; title: string; content: () => ReactNode }[];
}

/** Tabs of a page; which one is open is in the address. */
export function PageTabs({ label, tabs }: Props) {
  const first = tabs[0]?.key ?? '';
  const [open, setOpen] = useAddress('tab', first);
  const active = tabs.some((tab) => tab.key === open) ? open : first;
  return (
    <Tabs
      activeKey={active}
      onSelect={(_event, key) => setOpen(String(key))}
      aria-label={label}
      role="region"
      mountOnEnter
      unmountOnExit
    >
      {tabs.map((tab) => (
        <Tab key={tab.key} eventKey={tab.key} title={<TabTitleText>{tab.title}</TabTitleText>}>
          <div className="tab-content">{active === tab.key && tab.content()}</div>
        </Tab>
      ))}
    </Tabs>
  );
}
