package io.bitstack.gateway.route;

import static org.springframework.cloud.gateway.server.mvc.filter.BeforeFilterFunctions.uri;
import static org.springframework.cloud.gateway.server.mvc.handler.HandlerFunctions.http;
import static org.springframework.web.servlet.function.RequestPredicates.GET;
import static org.springframework.web.servlet.function.RequestPredicates.HEAD;
import static org.springframework.web.servlet.function.RequestPredicates.POST;
import static org.springframework.web.servlet.function.RequestPredicates.all;
import static org.springframework.web.servlet.function.RequestPredicates.path;

import io.bitstack.gateway.error.ErrorBody;
import io.bitstack.gateway.node.Completions;
import io.bitstack.gateway.node.ServedModels;
import io.bitstack.gateway.page.PageFiles;
import io.bitstack.gateway.settings.GatewaySettings;
import io.bitstack.service.ApiException;
import io.bitstack.service.CommonCode;
import org.springframework.cloud.gateway.server.mvc.handler.GatewayRouterFunctions;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.MediaType;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;

/** All routes in the order in which they are tried; the last one refuses. */
@Configuration(proxyBeanMethods = false)
class GatewayRoutes {
    @Bean
    RouterFunction<ServerResponse> routes(
            GatewaySettings settings, Completions completions, ServedModels models, PageFiles page) {
        RouterFunction<ServerResponse> compression = GatewayRouterFunctions.route("compression")
                .route(path("/api/v1/jobs/**").or(path("/api/v1/source-checks")), http())
                .before(uri(settings.compressionUrl()))
                .build();
        RouterFunction<ServerResponse> registry = GatewayRouterFunctions.route("registry")
                .route(
                        path("/api/v1/internal/**")
                                .negate()
                                .and(path("/api/v1/**")
                                        .or(path("/api/2.0/mlflow/**"))
                                        .or(path("/api/2.0/mlflow-artifacts/**"))
                                        .or(path("/api/3.0/mlflow/**"))),
                        http())
                .before(uri(settings.registryUrl()))
                .build();
        RouterFunction<ServerResponse> own = RouterFunctions.route()
                .route(POST("/v1/chat/completions").or(POST("/v1/completions")), completions::handle)
                .GET("/v1/models", models::list)
                .GET("/v1/models/{model}", models::one)
                .GET(
                        "/healthz",
                        _ -> ServerResponse.ok()
                                .contentType(MediaType.TEXT_PLAIN)
                                .body("ok\n"))
                .route(GET("/**").or(HEAD("/**")).and(request -> !isApi(request)), page::handle)
                .route(all(), GatewayRoutes::refuse)
                .build();
        return compression.and(registry).and(own);
    }

    private static boolean isApi(ServerRequest request) {
        String path = request.path();
        return path.equals("/api") || path.startsWith("/api/") || ErrorBody.isInference(path);
    }

    private static ServerResponse refuse(ServerRequest request) {
        throw new ApiException(
                CommonCode.ROUTE_NOT_FOUND, "there is no route for " + request.method() + " " + request.path());
    }
}
