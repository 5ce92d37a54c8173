import { Page, PageSection, SkipToContent, Spinner } from '@patternfly/react-core';
import { QueryClientProvider } from '@tanstack/react-query';
import { Suspense, useEffect, useState } from 'react';
import { useLocation } from 'react-router';
import { newQueryClient } from '../api/queries';
import { LoginPage } from '../session/login-page';
import { endReason, restore, useSession } from '../session/session';
import { ToastHost } from '../ui/toasts';
import { Boundary } from './boundary';
import { ConnectionBanner } from './connection-banner';
import { Header } from './header';
import { useIsOverlaid } from './narrow';
import { Navigation } from './navigation';
import { Pages } from './pages';

const MAIN = 'main';

/** The page's frame; before a login nothing but the form is shown, and the address is kept for afterwards. */
export function App() {
  const session = useSession();
  const [client] = useState(newQueryClient);
  const isOverlaid = useIsOverlaid();
  const [isOpen, setOpen] = useState(!isOverlaid);
  const { pathname } = useLocation();

  useEffect(() => {
    void restore();
  }, []);

  useEffect(() => {
    // What one session was shown is not for the next one.
    if (session === null) {
      client.clear();
    }
  }, [session, client]);

  useEffect(() => setOpen(!isOverlaid), [isOverlaid]);

  useEffect(() => {
    // What lies over the page goes when another one was chosen.
    if (isOverlaid) {
      setOpen(false);
    }
  }, [pathname, isOverlaid]);

  return (
    <QueryClientProvider client={client}>
      <ToastHost>
        <Page
          masthead={<Header session={session ?? null} isOpen={isOpen} onToggle={() => setOpen(!isOpen)} />}
          sidebar={session && <Navigation isOpen={isOpen} isOverlaid={isOverlaid} onClose={() => setOpen(false)} />}
          skipToContent={<SkipToContent href={`#${MAIN}`}>Skip to content</SkipToContent>}
          mainContainerId={MAIN}
          mainTabIndex={-1}
          isContentFilled
          {...(session ? {} : { className: 'without-sidebar' })}
        >
          <ConnectionBanner />
          {session ? (
            <Boundary key={pathname}>
              <Suspense fallback={<Waiting />}>
                <Pages />
              </Suspense>
            </Boundary>
          ) : session === undefined ? (
            <Waiting />
          ) : (
            <PageSection isFilled hasBodyWrapper={false}>
              <LoginPage key={endReason()} reason={endReason()} />
            </PageSection>
          )}
        </Page>
      </ToastHost>
    </QueryClientProvider>
  );
}

function Waiting() {
  return (
    <PageSection isFilled hasBodyWrapper={false}>
      <Spinner aria-label="Loading the page" />
    </PageSection>
  );
}
