import { Button, ToggleGroup, ToggleGroupItem } from '@patternfly/react-core';
import { Link } from 'react-router';
import { useMay } from '../session/session';
import { useAddress } from '../ui/address';
import { PageFrame } from '../ui/page';
import { ModelList } from './model-list';
import { VersionSearch } from './version-search';

/** Models by name, or all their versions by the filter language. */
export default function ModelsPage() {
  const [view, setView] = useAddress('view', 'models');
  const mayPublish = useMay('publish');
  return (
    <PageFrame
      title="Models"
      actions={
        mayPublish && <Button component={(props) => <Link {...props} to="/compress" />}>Register or compress</Button>
      }
    >
      <ToggleGroup aria-label="What to list" className="views">
        <ToggleGroupItem text="Models" isSelected={view !== 'versions'} onChange={() => setView('models')} />
        <ToggleGroupItem text="Versions" isSelected={view === 'versions'} onChange={() => setView('versions')} />
      </ToggleGroup>
      {view === 'versions' ? <VersionSearch /> : <ModelList />}
    </PageFrame>
  );
}
