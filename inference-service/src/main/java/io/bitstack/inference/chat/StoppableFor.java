package io.bitstack.inference.chat;

import com.hubspot.jinjava.interpret.InterpretException;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.tag.ForTag;
import com.hubspot.jinjava.tree.TagNode;
import com.hubspot.jinjava.util.ObjectIterator;
import java.util.AbstractCollection;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** The loop of templates, which ends when its thread is interrupted: the library's own would go on, and keep the thread. */
public final class StoppableFor extends ForTag {
    @Override
    public String renderForCollection(
            TagNode tag, JinjavaInterpreter interpreter, List<String> variables, Object collection) {
        List<Object> items = new ArrayList<>();
        ObjectIterator.getLoop(collection).forEachRemaining(items::add);
        return super.renderForCollection(tag, interpreter, variables, new Items(items));
    }

    private static final class Items extends AbstractCollection<Object> {
        private final List<Object> items;

        Items(List<Object> items) {
            this.items = items;
        }

        @Override
        public int size() {
            return items.size();
        }

        @Override
        public Iterator<Object> iterator() {
            Iterator<Object> all = items.iterator();
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return all.hasNext();
                }

                @Override
                public Object next() {
                    if (Thread.currentThread().isInterrupted()) {
                        throw new InterpretException("the chat template was stopped");
                    }
                    return all.next();
                }
            };
        }
    }
}
