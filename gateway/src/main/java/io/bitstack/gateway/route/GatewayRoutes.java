package io.bitstack.gateway.route;

import static org.springframework.cloud.gateway.server.mvc.filter.BeforeFilterFunctions.uri;
import static org.springframework.cloud.gateway.server.mvc.handler.HandlerFunctions.http;
import static org.springframework.web.servlet.function.RequestPredicates.GET;
import static org.springframework.web.servlet.function.RequestPredicates.HEAD;
import static org.springframework.web.servlet.function.RequestPredicates.all;

import io.bitstack.gateway.channel.ChannelRoute;
import io.bitstack.gateway.error.ErrorBody;
import io.bitstack.gateway.identity.AdmittedRoute;
import io.bitstack.gateway.node.ServedModels;
import io.bitstack.gateway.page.PageFiles;
import io.bitstack.gateway.session.OidcLogin;
import io.bitstack.gateway.session.SessionRoutes;
import io.bitstack.gateway.settings.GatewaySettings;
import io.bitstack.service.ApiException;
import io.bitstack.service.CommonCode;
import io.bitstack.service.access.PlatformService;
import java.util.Optional;
import org.springframework.cloud.gateway.server.mvc.handler.GatewayRouterFunctions;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.MediaType;
import org.springframework.web.servlet.function.RequestPredicate;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;

/**
 * All routes of the dispatcher in the order in which they are tried; the last one refuses. Which service has a path is what the table of routes says, by which the request was let
 * through. Completions do not come here: they have a servlet of their own.
 */
@Configuration(proxyBeanMethods = false)
class GatewayRoutes {
    @Bean
    RouterFunction<ServerResponse> routes(
            GatewaySettings settings,
            ServedModels models,
            ChannelRoute channel,
            SessionRoutes sessions,
            Optional<OidcLogin> oidc,
            PageFiles page) {
        RouterFunction<ServerResponse> compression = GatewayRouterFunctions.route("compression")
                .route(leadsTo(PlatformService.COMPRESSION), http())
                .before(uri(settings.compressionUrl()))
                .build();
        RouterFunction<ServerResponse> registry = GatewayRouterFunctions.route("registry")
                .route(leadsTo(PlatformService.REGISTRY), http())
                .before(uri(settings.registryUrl()))
                .build();
        RouterFunctions.Builder own = RouterFunctions.route()
                .GET("/v1/models", models::list)
                .GET("/v1/models/{model}", models::one)
                .GET("/api/v1/nodes/{name}/channel", channel::open)
                .GET("/api/v1/session/methods", sessions::methods)
                .POST("/api/v1/session", sessions::open)
                .GET("/api/v1/session", sessions::current)
                .DELETE("/api/v1/session", sessions::close)
                .GET("/api/v1/sessions", sessions::list)
                .DELETE("/api/v1/sessions/{id}", sessions::end);
        oidc.ifPresent(login ->
                own.GET("/api/v1/session/oidc", login::start).GET("/api/v1/session/oidc/callback", login::callback));
        own.GET(
                        "/healthz",
                        _ -> ServerResponse.ok()
                                .contentType(MediaType.TEXT_PLAIN)
                                .body("ok\n"))
                .route(GET("/**").or(HEAD("/**")).and(request -> !isApi(request)), page::handle)
                .route(all(), GatewayRoutes::refuse);
        return compression.and(registry).and(own.build());
    }

    private static RequestPredicate leadsTo(PlatformService service) {
        return request -> AdmittedRoute.leadsTo(service, request.servletRequest());
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
