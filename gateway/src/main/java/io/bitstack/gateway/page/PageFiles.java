package io.bitstack.gateway.page;

import io.bitstack.service.ApiException;
import io.bitstack.service.CommonCode;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.http.MediaTypeFactory;
import org.springframework.stereotype.Component;
import org.springframework.util.DigestUtils;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;

/**
 * Serves the web admin, read from the class path once at start, so that no request names a file of the machine. The
 * files hold no data: the page asks for a key and fetches everything with it.
 */
@Component
public class PageFiles {
    private static final String FOLDER = "bitstack-admin-web/";
    private static final String INDEX = "/index.html";
    private static final String ASSETS = "/assets/";
    private static final Duration YEAR = Duration.ofDays(365);

    /** Everything from this origin and nothing inline, so that injected text never becomes code. */
    private static final String POLICY = String.join(
            "; ",
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'");

    private static final Map<String, String> HEADERS = Map.of(
            "Content-Security-Policy", POLICY,
            "Referrer-Policy", "no-referrer",
            "X-Frame-Options", "DENY",
            "Cross-Origin-Opener-Policy", "same-origin",
            "Cross-Origin-Resource-Policy", "same-origin",
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()");

    private final Map<String, PageFile> files;

    PageFiles() throws IOException {
        this.files = load();
    }

    /** Answers a GET outside the APIs: a file, or the page itself for a path that the page's router knows. */
    public ServerResponse handle(ServerRequest request) {
        String path = request.path();
        PageFile file = files.get(path.equals("/") ? INDEX : path);
        boolean isHashed = path.startsWith(ASSETS);
        if (file == null && !isHashed && looksLikePage(request)) {
            file = files.get(INDEX);
        }
        if (file == null) {
            throw new ApiException(CommonCode.ROUTE_NOT_FOUND, "there is nothing at " + path);
        }
        byte[] bytes = file.bytes();
        ServerResponse.BodyBuilder answer =
                ServerResponse.ok().contentType(file.type()).headers(headers -> HEADERS.forEach(headers::set));
        if (isHashed) {
            // The name says what is in it: a tag adds nothing, and Tomcat does not compress what has one.
            answer.cacheControl(CacheControl.maxAge(YEAR).cachePublic().immutable());
        } else {
            answer.cacheControl(CacheControl.noCache()).eTag(file.etag());
        }
        return answer.body(bytes);
    }

    private static boolean looksLikePage(ServerRequest request) {
        String path = request.path();
        boolean hasSuffix = path.substring(path.lastIndexOf('/') + 1).contains(".");
        List<MediaType> accepted = request.headers().accept();
        return !hasSuffix && accepted.stream().anyMatch(type -> type.includes(MediaType.TEXT_HTML));
    }

    private static Map<String, PageFile> load() throws IOException {
        Resource[] found = new PathMatchingResourcePatternResolver(PageFiles.class.getClassLoader())
                .getResources("classpath*:" + FOLDER + "**");
        Map<String, PageFile> files = new HashMap<>();
        for (Resource resource :
                Arrays.stream(found).filter(Resource::isReadable).toList()) {
            String url = resource.getURL().toString();
            byte[] bytes = resource.getContentAsByteArray();
            MediaType type = MediaTypeFactory.getMediaType(resource).orElse(MediaType.APPLICATION_OCTET_STREAM);
            String etag = DigestUtils.md5DigestAsHex(bytes);
            files.put(url.substring(url.lastIndexOf(FOLDER) + FOLDER.length() - 1), new PageFile(bytes, type, etag));
        }
        return Map.copyOf(files);
    }
}
