import { Button, PageSection } from '@patternfly/react-core';
import { Component, type ReactNode } from 'react';
import { Empty } from '../ui/states';

/** Shows in a page's place that it failed, never a blank one. */
export class Boundary extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state = { error: null as Error | null };

  static getDerivedStateFromError(error: unknown) {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render() {
    const { error } = this.state;
    if (!error) {
      return this.props.children;
    }
    return (
      <PageSection isFilled hasBodyWrapper={false}>
        <div role="alert">
          <Empty
            title="This page failed"
            action={<Button onClick={() => window.location.reload()}>Reload the page</Button>}
          >
            {/* A chunk of an older build is gone after the server was updated. */}
            {error.message}. The server may have been updated since the page was opened; reload it.
          </Empty>
        </div>
      </PageSection>
    );
  }
}
