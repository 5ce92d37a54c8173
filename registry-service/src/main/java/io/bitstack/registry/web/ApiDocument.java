package io.bitstack.registry.web;

import io.bitstack.service.ServiceApiDocument;
import org.springframework.context.annotation.Configuration;

/** This service's OpenAPI document. */
@Configuration(proxyBeanMethods = false)
class ApiDocument extends ServiceApiDocument {
    ApiDocument() {
        super(
                "BitStack registry",
                "Models, versions, stacks and their order, plans, nodes and deployments. Errors are"
                        + " application/problem+json with the codes of docs/api-registry.md.");
    }
}
