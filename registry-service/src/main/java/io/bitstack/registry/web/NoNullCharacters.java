package io.bitstack.registry.web;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.JacksonModule;
import tools.jackson.databind.deser.std.StdDeserializer;
import tools.jackson.databind.module.SimpleModule;

/** Refuses texts with null characters in JSON: PostgreSQL cannot hold them. */
@Configuration(proxyBeanMethods = false)
class NoNullCharacters {
    @Bean
    JacksonModule textsWithoutNullCharacters() {
        return new SimpleModule("no null characters").addDeserializer(String.class, new Text());
    }

    private static final class Text extends StdDeserializer<String> {
        Text() {
            super(String.class);
        }

        @Override
        public String deserialize(JsonParser parser, DeserializationContext context) {
            String text = parser.getValueAsString();
            if (text == null) {
                return (String) context.handleUnexpectedToken(context.constructType(String.class), parser);
            }
            if (text.indexOf('\0') >= 0) {
                return (String) context.handleWeirdStringValue(String.class, "…", "a text holds a null character");
            }
            return text;
        }
    }
}
