import { Button, Label, MenuToggle, Panel, PanelMain, PanelMainBody, ToggleGroup, ToggleGroupItem } from '@patternfly/react-core';
import { DesktopIcon, EllipsisVIcon, MoonIcon, SunIcon } from '@patternfly/react-icons';
import { useRef, useState, type FocusEvent, type KeyboardEvent } from 'react';
import { logout } from '../session/login';
import type { Session } from '../session/session';
import { chooseTheme, useTheme, type Theme } from './theme';

/** Who is logged in, the theme, and the way out. */
export function Tools({ session }: { session: Session | null }) {
  return (
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
  );
}

const MENU = 'tools-menu';

/**
 * The same behind one button, for windows that have no room for it. What opens follows the button in the page's order, so the next
 * press of Tab is in it; it closes by Escape, which leads back to the button, and when focus or a click goes elsewhere.
 */
export function ToolsMenu({ session }: { session: Session }) {
  const [isOpen, setOpen] = useState(false);
  const toggle = useRef<HTMLButtonElement>(null);

  function onKey(event: KeyboardEvent) {
    if (event.key === 'Escape' && isOpen) {
      event.stopPropagation();
      setOpen(false);
      toggle.current?.focus();
    }
  }

  function onBlur(event: FocusEvent) {
    // Nothing has the focus when a part of the menu that takes none is clicked, or when the window loses it.
    if (event.relatedTarget && !event.currentTarget.contains(event.relatedTarget)) {
      setOpen(false);
    }
  }

  return (
    <div className="tools-menu" onKeyDown={onKey} onBlur={onBlur}>
      <MenuToggle
        ref={toggle}
        variant="plain"
        aria-label="Theme and session"
        {...(isOpen ? { 'aria-controls': MENU } : {})}
        isExpanded={isOpen}
        onClick={() => setOpen(!isOpen)}
        icon={<EllipsisVIcon />}
      />
      {isOpen && (
        <>
          <div className="tools-shade" onClick={() => setOpen(false)} />
          <Panel id={MENU} variant="raised" role="group" aria-label="Theme and session">
            <PanelMain>
              <PanelMainBody>
                <Tools session={session} />
              </PanelMainBody>
            </PanelMain>
          </Panel>
        </>
      )}
    </div>
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
