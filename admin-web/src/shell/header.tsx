import {
  Masthead,
  MastheadBrand,
  MastheadContent,
  MastheadLogo,
  MastheadMain,
  MastheadToggle,
  PageToggleButton,
} from '@patternfly/react-core';
import { BarsIcon } from '@patternfly/react-icons';
import { Link } from 'react-router';
import type { Session } from '../session/session';
import { useIsNarrow } from './narrow';
import { Tools, ToolsMenu } from './tools';

interface Props {
  session: Session | null;
  isOpen: boolean;
  onToggle: () => void;
}

/** The top of the page: one row at any width. */
export function Header({ session, isOpen, onToggle }: Props) {
  const isNarrow = useIsNarrow();
  return (
    <Masthead display={{ default: 'inline' }}>
      <MastheadMain>
        {session && (
          <MastheadToggle>
            <PageToggleButton aria-label="Navigation" isSidebarOpen={isOpen} onSidebarToggle={onToggle}>
              <BarsIcon />
            </PageToggleButton>
          </MastheadToggle>
        )}
        <MastheadBrand>
          <MastheadLogo component={(props) => <Link {...props} to="/" />}>
            <img src="/icon.svg" alt="" width="24" height="24" />
            <span className="brand">BitStack</span>
          </MastheadLogo>
        </MastheadBrand>
      </MastheadMain>
      <MastheadContent>{isNarrow && session ? <ToolsMenu session={session} /> : <Tools session={session} />}</MastheadContent>
    </Masthead>
  );
}
