import {
  Button,
  Label,
  Masthead,
  MastheadBrand,
  MastheadContent,
  MastheadLogo,
  MastheadMain,
  MastheadToggle,
  PageToggleButton,
  ToggleGroup,
  ToggleGroupItem,
} from '@patternfly/react-core';
import { BarsIcon, DesktopIcon, MoonIcon, SunIcon } from '@patternfly/react-icons';
import { Link } from 'react-router';
import { logout } from '../session/login';
import type { Session } from '../session/session';
import { chooseTheme, useTheme, type Theme } from './theme';

interface Props {
  session: Session | null;
  isOpen: boolean;
  onToggle: () => void;
}

export function Header({ session, isOpen, onToggle }: Props) {
  return (
    <Masthead>
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
      <MastheadContent>
        <div className="tools">
          {session?.scope && (
            <Label isCompact>
              <bdi>{session.name ? `${session.name}: ${session.scope}` : session.scope}</bdi>
            </Label>
          )}
          <ThemeChoice />
          {session && (
            <Button variant="secondary" onClick={() => void logout()}>
              Log out
            </Button>
          )}
        </div>
      </MastheadContent>
    </Masthead>
  );
}

const THEMES: [Theme, string, typeof SunIcon][] = [
  ['system', 'As the system', DesktopIcon],
  ['light', 'Light', SunIcon],
  ['dark', 'Dark', MoonIcon],
];

function ThemeChoice() {
  const theme = useTheme();
  return (
    <ToggleGroup aria-label="Theme" isCompact className="themes">
      {THEMES.map(([value, words, Icon]) => (
        <ToggleGroupItem
          key={value}
          icon={<Icon />}
          aria-label={words}
          isSelected={theme === value}
          onChange={() => chooseTheme(value)}
        />
      ))}
    </ToggleGroup>
  );
}
