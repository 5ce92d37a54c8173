import {
  Button,
  Content,
  Masthead,
  MastheadBrand,
  MastheadContent,
  MastheadLogo,
  MastheadMain,
  Page,
  PageSection,
  SkipToContent,
  Stack,
  StackItem,
  Title,
} from '@patternfly/react-core';
import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, Route, Routes } from 'react-router';
import { ApiError } from './api';
import { Jobs } from './jobs';
import { KeyForm } from './key-form';
import { Models } from './models';
import { Nodes } from './nodes';
import { KeyContext, storedKey, storeKey } from './session';

const MAIN = 'main';

export function App() {
  const [key, setKey] = useState(storedKey);
  const [reason, setReason] = useState('');

  function change(next: string, why: string) {
    storeKey(next);
    setReason(why);
    setKey(next);
  }

  const [client] = useState(
    () =>
      new QueryClient({
        queryCache: new QueryCache({
          onError: (error) => {
            if (error instanceof ApiError && error.status === 401) {
              change('', error.message);
            }
          },
        }),
        defaultOptions: { queries: { retry: false, structuralSharing: true } },
      }),
  );

  function signOut() {
    client.clear();
    change('', '');
  }

  return (
    <QueryClientProvider client={client}>
      <KeyContext.Provider value={key}>
        <Page
          masthead={<Header onSignOut={key ? signOut : null} />}
          skipToContent={<SkipToContent href={`#${MAIN}`}>Skip to content</SkipToContent>}
          mainContainerId={MAIN}
          isContentFilled
        >
          {key ? (
            <Routes>
              <Route path="/" element={<Overview />} />
              <Route path="*" element={<NotFound />} />
            </Routes>
          ) : (
            <PageSection isFilled>
              <KeyForm key={reason} reason={reason} onKey={(taken) => change(taken, '')} />
            </PageSection>
          )}
        </Page>
      </KeyContext.Provider>
    </QueryClientProvider>
  );
}

function Header({ onSignOut }: { onSignOut: (() => void) | null }) {
  return (
    <Masthead>
      <MastheadMain>
        <MastheadBrand>
          <MastheadLogo component={(props) => <Link {...props} to="/" />}>
            <img src="/icon.svg" alt="" width="24" height="24" />
            <span className="brand">BitStack</span>
          </MastheadLogo>
        </MastheadBrand>
      </MastheadMain>
      <MastheadContent>
        {onSignOut && (
          <Button variant="secondary" className="sign-out" onClick={onSignOut}>
            Sign out
          </Button>
        )}
      </MastheadContent>
    </Masthead>
  );
}

function Overview() {
  return (
    <PageSection isFilled>
      <Stack hasGutter>
        <StackItem>
          <Title headingLevel="h1">Overview</Title>
        </StackItem>
        <StackItem>
          <Models />
        </StackItem>
        <StackItem>
          <Nodes />
        </StackItem>
        <StackItem>
          <Jobs />
        </StackItem>
      </Stack>
    </PageSection>
  );
}

function NotFound() {
  return (
    <PageSection isFilled>
      <Title headingLevel="h1">There is no such page</Title>
      <Content>
        <Link to="/">Go to the overview</Link>
      </Content>
    </PageSection>
  );
}
