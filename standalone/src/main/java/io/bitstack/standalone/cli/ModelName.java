package io.bitstack.standalone.cli;

import java.util.LinkedHashMap;
import java.util.Map;

/** {@code NAME@ALIAS} or {@code NAME@VERSION}, as it is typed. */
record ModelName(String name, String which) {
    static ModelName parse(String typed) {
        int at = typed.lastIndexOf('@');
        if (at < 1 || at == typed.length() - 1) {
            throw new IllegalArgumentException(
                    "'%s' does not say which version; write NAME@ALIAS or NAME@NUMBER".formatted(typed));
        }
        return new ModelName(typed.substring(0, at), typed.substring(at + 1));
    }

    /** The members that requests name a version with. */
    Map<String, Object> members() {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("model", name);
        if (which.chars().allMatch(Character::isDigit)) {
            members.put("version", Integer.parseInt(which));
        } else {
            members.put("alias", which);
        }
        return members;
    }
}
