import { Breadcrumb, BreadcrumbItem, Flex, FlexItem, PageSection, Title } from '@patternfly/react-core';
import { useEffect, useRef, type ReactNode } from 'react';
import { Link, useLocation } from 'react-router';

interface Props {
  title: string;
  /** The name in the title that somebody else chose. */
  name?: string;
  /** The pages above this one: words and address. */
  above?: [string, string][];
  actions?: ReactNode;
  children: ReactNode;
}

let lastPath = '';

/** A page's frame: title of the tab, breadcrumb, heading (which is focused when the page changes) and actions. */
export function PageFrame({ title, name, above = [], actions, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  const { pathname } = useLocation();
  const text = name ? `${title} ${name}` : title;

  useEffect(() => {
    document.title = `${text} · BitStack`;
  }, [text]);

  useEffect(() => {
    if (lastPath !== '' && lastPath !== pathname) {
      heading.current?.focus({ preventScroll: true });
      document.getElementById('main')?.scrollTo({ top: 0 });
    }
    lastPath = pathname;
  }, [pathname]);

  return (
    <PageSection isFilled hasBodyWrapper={false} className="page">
      {above.length > 0 && (
        <Breadcrumb>
          {above.map(([words, to]) => (
            <BreadcrumbItem key={to} render={({ className }) => <Link className={className} to={to}>{words}</Link>} />
          ))}
          <BreadcrumbItem isActive>
            <bdi>{name ?? title}</bdi>
          </BreadcrumbItem>
        </Breadcrumb>
      )}
      <Flex justifyContent={{ default: 'justifyContentSpaceBetween' }} className="page-title">
        <FlexItem>
          <Title headingLevel="h1" ref={heading} tabIndex={-1}>
            {title} {name && <bdi>{name}</bdi>}
          </Title>
        </FlexItem>
        {actions && <FlexItem className="page-actions">{actions}</FlexItem>}
      </Flex>
      {children}
    </PageSection>
  );
}
