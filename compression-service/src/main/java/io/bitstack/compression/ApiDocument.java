package io.bitstack.compression;

import io.bitstack.service.ServiceApiDocument;
import org.springframework.context.annotation.Configuration;

/** This service's OpenAPI document. */
@Configuration(proxyBeanMethods = false)
class ApiDocument extends ServiceApiDocument {
    ApiDocument() {
        super(
                "BitStack compression service",
                "Compression jobs, uploads of models, checks of sources. Errors are"
                        + " application/problem+json with the codes of docs/api-compression.md.");
    }
}
