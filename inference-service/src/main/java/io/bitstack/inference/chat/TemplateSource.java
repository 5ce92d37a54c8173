package io.bitstack.inference.chat;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Writes what the library reads otherwise than Jinja does in a form that both read alike. */
final class TemplateSource {
    private static final Pattern TAG = Pattern.compile("\\{[{%].*?[%}]}", Pattern.DOTALL);

    /** The library takes {@code not x is defined} for {@code (not x) is defined}, which is always true. */
    private static final Pattern NEGATED_TEST = Pattern.compile(
            "\\bnot\\s+([\\w.]+)\\s+is\\s+(?=(?:defined|none|string|mapping|iterable|sequence|number|true|false)\\b)");

    /** And {@code not x|length == 1} for {@code (not x|length) == 1}; what is compared is a name, with filters, and a name, literal or list. */
    private static final Pattern NEGATED_COMPARISON = Pattern.compile(
            "\\bnot\\s+(?!in\\b|is\\b)(\\w+(?:\\.\\w+|\\[[\\w'\"-]+])*(?:\\s*\\|\\s*\\w+)*\\s*(?:[=!]=|[<>]=?|\\sin\\s)\\s*"
                    + "(?:[\\w.]+|'[^']*'|\"[^\"]*\"|\\[[^\\[\\]]*]))(?=\\s*(?:-?%}|\\)|and\\b|or\\b))");

    private static final Pattern NAMESPACE = Pattern.compile("\\bnamespace\\(([^()]*)\\)");

    /** The library ends a named argument before an operator: {@code n=a|length - 1} is {@code (n=a|length) - 1} to it. */
    private static final Pattern COMPUTED = Pattern.compile("(\\w+)\\s*=\\s*([^,()'\"]*\\s[-+*/]\\s[^,()'\"]*)");

    private TemplateSource() {}

    static String of(String template) {
        String source = template.endsWith("\n") ? template.substring(0, template.length() - 1) : template;
        return TAG.matcher(source).replaceAll(tag -> Matcher.quoteReplacement(rewrite(tag.group())));
    }

    private static String rewrite(String tag) {
        // The library's expressions know no step in a slice; templates use it in one way only, to go backwards.
        String written = NEGATED_TEST.matcher(tag.replace("[::-1]", "|reverse")).replaceAll("$1 is not ");
        if (tag.startsWith("{%")) {
            written = NEGATED_COMPARISON.matcher(written).replaceAll("not ($1)");
        }
        return NAMESPACE
                .matcher(written)
                .replaceAll(call -> Matcher.quoteReplacement(
                        "namespace(" + COMPUTED.matcher(call.group(1)).replaceAll("$1=($2)") + ")"));
    }
}
