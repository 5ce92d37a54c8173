import { url } from '../api/client';
import { usePages } from '../api/queries';
import type { Hit, Model } from '../api/types';
import { useMay } from '../session/session';
import { useAddress } from '../ui/address';
import { Go } from '../ui/go';
import { Listing } from '../ui/listing';
import { Empty } from '../ui/states';
import { ofModel } from './found';
import { VersionTable } from './version-table';

/** The versions of a model, the newest first unless the address says otherwise. */
export function VersionsTab({ model }: { model: Model }) {
  const [sort, setSort] = useAddress('sort', '-version');
  const query = usePages<Hit>(['/api/v1/search'], { filter: ofModel(model.name), sort, limit: 200 }, { refreshMillis: 10_000 });
  const mayPublish = useMay('publish');
  return (
    <Listing
      query={query}
      what="the versions"
      empty={<Empty title="No versions yet" action={mayPublish && <Go to={url(['/compress'], { model: model.name })}>Compress a version</Go>}>Have the model compressed; the job publishes its first version.</Empty>}
    >
      {(hits) => (
        <VersionTable
          label={`Versions of ${model.name}`}
          hits={hits}
          sort={sort}
          onSort={setSort}
          aliases={model.aliases}
          onEnd={query.hasNextPage && !query.isFetching ? query.fetchNextPage : undefined}
        />
      )}
    </Listing>
  );
}
