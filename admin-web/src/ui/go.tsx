import { Button, type ButtonProps } from '@patternfly/react-core';
import type { ReactNode } from 'react';
import { Link } from 'react-router';

/** A button that leads to another page. */
export function Go({ to, variant = 'primary', children }: { to: string; variant?: ButtonProps['variant']; children: ReactNode }) {
  return (
    <Button variant={variant} component={(props) => <Link {...props} to={to} />}>
      {children}
    </Button>
  );
}
