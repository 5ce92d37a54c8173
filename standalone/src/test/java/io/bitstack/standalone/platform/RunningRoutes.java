package io.bitstack.standalone.platform;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.boot.webmvc.autoconfigure.DispatcherServletRegistrationBean;
import org.springframework.context.ApplicationContext;
import org.springframework.core.io.Resource;
import org.springframework.http.HttpMethod;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.servlet.function.HandlerFunction;
import org.springframework.web.servlet.function.RequestPredicate;
import org.springframework.web.servlet.function.RequestPredicates;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.mvc.method.RequestMappingInfo;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

/** The routes of a running service, as Spring has them. */
final class RunningRoutes {
    private static final Pattern HANDLER = Pattern.compile("do[A-Z][a-z]+");

    private RunningRoutes() {}

    /** One method of one pattern. */
    record Mapped(String method, String pattern) {
        /** A path that the pattern fits. */
        String examplePath() {
            return pattern.replace("{node}", "edge")
                    .replace("/nodes/{name}", "/nodes/edge-of-nobody")
                    .replaceAll("\\{\\*[^}]*}", "some")
                    .replaceAll("\\{[^}]*}", "1")
                    .replace("/**", "/some");
        }
    }

    static List<Mapped> of(ApplicationContext context) {
        List<Mapped> all = new ArrayList<>();
        for (RequestMappingHandlerMapping mapping :
                context.getBeansOfType(RequestMappingHandlerMapping.class).values()) {
            mapping.getHandlerMethods().keySet().forEach(info -> all.addAll(mapped(info)));
        }
        context.getBeansOfType(RouterFunction.class).values().forEach(router -> router.accept(new Functions(all)));
        context.getBeansOfType(ServletRegistrationBean.class).values().stream()
                .filter(servlet -> !(servlet instanceof DispatcherServletRegistrationBean))
                .forEach(servlet -> all.addAll(mapped(servlet)));
        // Spring's own page of errors answers forwards within a service and, asked for by its path, is refused like any
        // path without a line.
        all.removeIf(mapped -> mapped.pattern().equals("/error"));
        return List.copyOf(new HashSet<>(all));
    }

    /** A servlet beside the dispatcher: it answers the methods that it has a Java method for. */
    private static List<Mapped> mapped(ServletRegistrationBean<?> servlet) {
        List<Mapped> all = new ArrayList<>();
        for (Method method :
                Objects.requireNonNull(servlet.getServlet()).getClass().getDeclaredMethods()) {
            if (method.getName().equals("service")) {
                throw new AssertionError("a servlet that may answer any method: " + servlet);
            }
            if (HANDLER.matcher(method.getName()).matches()) {
                String asked = method.getName().substring("do".length()).toUpperCase(Locale.ROOT);
                servlet.getUrlMappings().forEach(pattern -> all.add(new Mapped(asked, pattern)));
            }
        }
        return all;
    }

    private static List<Mapped> mapped(RequestMappingInfo info) {
        Set<RequestMethod> methods = info.getMethodsCondition().getMethods();
        List<String> names = methods.isEmpty()
                ? List.of("GET", "POST")
                : methods.stream().map(RequestMethod::name).toList();
        List<Mapped> all = new ArrayList<>();
        for (String pattern : info.getPatternValues()) {
            names.forEach(name -> all.add(new Mapped(name, pattern)));
        }
        return all;
    }

    /** Collects routes that are functions; those by which the gateway hands requests on are the other services'. */
    private static final class Functions implements RouterFunctions.Visitor {
        private final List<Mapped> all;

        Functions(List<Mapped> all) {
            this.all = all;
        }

        @Override
        public void route(RequestPredicate predicate, HandlerFunction<?> handler) {
            Predicates found = new Predicates();
            predicate.accept(found);
            for (String pattern : found.patterns) {
                if (!pattern.equals("/**")) {
                    found.methods.forEach(method -> all.add(new Mapped(method, pattern)));
                }
            }
        }

        @Override
        public void startNested(RequestPredicate predicate) {}

        @Override
        public void endNested(RequestPredicate predicate) {}

        @Override
        public void resources(Function<ServerRequest, Optional<Resource>> lookup) {}

        @Override
        public void attributes(java.util.Map<String, Object> attributes) {}

        @Override
        public void unknown(RouterFunction<?> router) {
            throw new AssertionError("a route that cannot be looked into: " + router);
        }
    }

    private static final class Predicates implements RequestPredicates.Visitor {
        private final Set<String> methods = new HashSet<>();
        private final Set<String> patterns = new HashSet<>();

        @Override
        public void method(Set<HttpMethod> found) {
            found.forEach(method -> methods.add(method.name()));
        }

        @Override
        public void path(String pattern) {
            patterns.add(pattern);
        }

        @Override
        @SuppressWarnings("removal")
        public void pathExtension(String extension) {}

        @Override
        public void header(String name, String value) {}

        @Override
        public void param(String name, String value) {}

        @Override
        public void version(String version) {}

        @Override
        public void startAnd() {}

        @Override
        public void and() {}

        @Override
        public void endAnd() {}

        @Override
        public void startOr() {}

        @Override
        public void or() {}

        @Override
        public void endOr() {}

        @Override
        public void startNegate() {}

        @Override
        public void endNegate() {}

        @Override
        public void unknown(RequestPredicate predicate) {}
    }
}
