import { Content } from '@patternfly/react-core';
import ReactMarkdown, { type Components } from 'react-markdown';

/** Links open without telling where from; pictures would be fetched from elsewhere, so they are named instead. */
const COMPONENTS: Components = {
  a: ({ href, children }) =>
    href ? (
      <a href={href} rel="noopener noreferrer nofollow" target="_blank">
        {children}
      </a>
    ) : (
      <span>{children}</span>
    ),
  img: ({ alt }) => <span>[picture{alt ? `: ${alt}` : ''}]</span>,
  // The page has its own first heading.
  h1: ({ children }) => <h2>{children}</h2>,
};

/** Markdown that somebody wrote: HTML in it is shown as text, and links go to web and mail addresses alone. */
export default function Markdown({ text }: { text: string }) {
  return (
    <Content className="markdown" dir="auto">
      <ReactMarkdown components={COMPONENTS}>{text}</ReactMarkdown>
    </Content>
  );
}
