package io.bitstack.service;

import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.info.Info;
import io.swagger.v3.oas.models.security.SecurityRequirement;
import io.swagger.v3.oas.models.security.SecurityScheme;
import io.swagger.v3.oas.models.servers.Server;
import java.util.List;
import org.springdoc.core.customizers.OpenApiCustomizer;
import org.springdoc.core.customizers.OperationCustomizer;
import org.springframework.context.annotation.Bean;

/** What a service's OpenAPI document says beside the routes, the same wherever the service runs; its configuration extends this. */
public abstract class ServiceApiDocument {
    private static final String KEY = "apiKey";

    private final String title;
    private final String description;

    protected ServiceApiDocument(String title, String description) {
        this.title = title;
        this.description = description;
    }

    @Bean
    OpenAPI openApi() {
        return new OpenAPI()
                .info(new Info().title(title).version("1").description(description))
                .components(new Components()
                        .addSecuritySchemes(
                                KEY,
                                new SecurityScheme()
                                        .type(SecurityScheme.Type.HTTP)
                                        .scheme("bearer")))
                .addSecurityItem(new SecurityRequirement().addList(KEY));
    }

    /** Named after controller and method, and not by the order in which they were found. */
    @Bean
    OperationCustomizer operationNames() {
        return (operation, handler) ->
                operation.operationId(handler.getBeanType().getSimpleName().replace("Controller", "") + "."
                        + handler.getMethod().getName());
    }

    @Bean
    OpenApiCustomizer anywhere() {
        return document -> document.setServers(List.of(new Server().url("/").description("the gateway")));
    }
}
