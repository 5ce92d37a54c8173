import { Nav, NavItem, NavList, PageSidebar, PageSidebarBody } from '@patternfly/react-core';
import { useEffect } from 'react';
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

interface Props {
  isOpen: boolean;
  /** It lies over the page: a press of Escape, or a click beside it, closes it. */
  isOverlaid: boolean;
  onClose: () => void;
}

const SIDEBAR = 'page-sidebar';
/** What PatternFly calls the button that opens it. */
const TOGGLE = 'nav-toggle';

/** Leads to the pages; closed it is there neither for the keyboard nor for screen readers. */
export function Navigation({ isOpen, isOverlaid, onClose }: Props) {
  const isOver = isOpen && isOverlaid;

  useEffect(() => {
    function onKey(event: KeyboardEvent) {
      if (event.key === 'Escape') {
        if (document.getElementById(SIDEBAR)?.contains(document.activeElement)) {
          document.getElementById(TOGGLE)?.focus();
        }
        onClose();
      }
    }
    if (isOver) {
      document.addEventListener('keydown', onKey);
      return () => document.removeEventListener('keydown', onKey);
    }
    return undefined;
  }, [isOver, onClose]);

  const { pathname } = useLocation();
  const mayPublish = useMay('publish');
  const items = ITEMS.filter(([to]) => to !== '/compress' || mayPublish);
  return (
    <>
      {isOver && <div className="navigation-shade" onClick={onClose} />}
      {/* PatternFly itself puts the class on where it manages the sidebar alone. */}
      <PageSidebar id={SIDEBAR} isSidebarOpen={isOpen} inert={!isOpen} {...(isOver ? { className: 'pf-m-expanded' } : {})}>
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
    </>
  );
}
