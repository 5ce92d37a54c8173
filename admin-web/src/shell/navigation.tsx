import { Nav, NavItem, NavList, PageSidebar, PageSidebarBody } from '@patternfly/react-core';
import { Link, useLocation } from 'react-router';
import { useMay } from '../session/session';

const ITEMS: [string, string][] = [
  ['/', 'Overview'],
  ['/models', 'Models'],
  ['/compress', 'Register & compress'],
  ['/jobs', 'Jobs'],
  ['/nodes', 'Nodes'],
  ['/deployments', 'Deployments'],
  ['/playground', 'Playground'],
  ['/access', 'Access'],
  ['/storage', 'Storage'],
];

export function Navigation({ isOpen }: { isOpen: boolean }) {
  const { pathname } = useLocation();
  const mayPublish = useMay('publish');
  const items = ITEMS.filter(([to]) => to !== '/compress' || mayPublish);
  return (
    <PageSidebar isSidebarOpen={isOpen}>
      <PageSidebarBody>
        <Nav aria-label="Pages">
          <NavList>
            {items.map(([to, words]) => (
              <NavItem key={to} itemId={to} isActive={to === '/' ? pathname === '/' : pathname.startsWith(to)}>
                <Link to={to} {...((to === '/' ? pathname === '/' : pathname.startsWith(to)) ? { 'aria-current': 'page' } : {})}>
                  {words}
                </Link>
              </NavItem>
            ))}
          </NavList>
        </Nav>
      </PageSidebarBody>
    </PageSidebar>
  );
}
