import { Card, CardBody, CardHeader, CardTitle, Title } from '@patternfly/react-core';
import { useId, type ReactNode } from 'react';

/** A titled part of a page. */
export function Section({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <Card component="section" aria-labelledby={id} className="section">
      <CardHeader {...(actions ? { actions: { actions, hasNoOffset: true } } : {})}>
        <CardTitle>
          <Title headingLevel="h2" size="lg" id={id}>
            {title}
          </Title>
        </CardTitle>
      </CardHeader>
      <CardBody>{children}</CardBody>
    </Card>
  );
}
