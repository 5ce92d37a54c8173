package io.bitstack.compression.upload;

import io.bitstack.compression.settings.CompressionSettings;
import io.bitstack.core.stack.BlobStoreSettings;
import io.bitstack.core.stack.BlobStores;
import java.nio.file.Path;
import java.util.Objects;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Where uploads are kept: with the blobs, which every process of the service reaches. */
@Configuration(proxyBeanMethods = false)
class UploadBeans {
    @Bean
    UploadContent uploadContent(CompressionSettings settings, UploadSettings uploads, UploadRepository repository) {
        BlobStoreSettings blobs = settings.requiredBlobs();
        if ("s3".equals(blobs.type())) {
            return new BucketContent(
                    BlobStores.objects(blobs, Objects.requireNonNullElse(blobs.bucket(), "")),
                    repository,
                    uploads.urlValidity());
        }
        Path directory = uploads.directory();
        return new DirectoryContent(
                directory == null || directory.toString().isBlank()
                        ? Objects.requireNonNullElse(blobs.directory(), Path.of("blobs"))
                                .resolve("uploads")
                        : directory);
    }
}
